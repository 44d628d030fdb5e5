/**
 * The rows of one batch, decided in memory while they are locked. Everything is staged: an item that fails leaves no trace in it.
 */
import {
  type Amounts,
  BUDGET_UNITS,
  type BudgetUnit,
  booking,
  charge,
  correct,
  isHeldOnly,
  reached,
  release,
  reserve,
  spentOf,
} from '@countersign/kernel/budget';
import type { BudgetLine, ReserveAsk, ReserveResult, SettleItem } from '../../ports/road-store.ts';
import { type FoundRow, type Holds, NO_HOLDS, unitOfKey } from './line.ts';
import type { KnownLine, KnownLines } from './known.ts';
import { PairMap } from './pair-map.ts';

export interface BookRow {
  readonly org: string;
  readonly key: string;
  readonly unit: BudgetUnit;
  limit: number;
  reserved: number;
  charged: number;
  /** Highest threshold told in this window, per mille. */
  told: number;
  /** As the batch found it. */
  readonly was: FoundRow;
  /** Undefined where this process never saw the line's rule: then nothing is told here. */
  readonly known: KnownLine | undefined;
  changed: boolean;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface Threshold {
  readonly org: string;
  readonly line: BudgetLine;
  readonly perMille: number;
  readonly limit: number;
  readonly charged: number;
}

/** What an act spent beyond what was held for it, or (after nobody knew) less: the difference by unit. */
export type Difference = Readonly<Partial<Record<BudgetUnit, number>>>;

const NOWHERE: Omit<BudgetLine, 'unit'> = {
  scope: 'org',
  window: 'life',
  starts: '1970-01-01T00:00:00Z',
  limit: 0,
  raise: '',
  alarms: [],
};

export interface Staged {
  readonly result: ReserveResult;
  readonly holds: Holds;
  apply(): void;
}

export class Book {
  readonly #rows = new PairMap<BookRow>();
  readonly #known: KnownLines;

  constructor(known: KnownLines) {
    this.#known = known;
  }

  add(org: string, key: string, found: FoundRow): void {
    const { most: limit, reserved, charged, told } = found;
    const known = this.#known.find(org, key);
    const was = found;
    this.#rows.set(org, key, { org, key, unit: unitOfKey(key), limit, reserved, charged, told, was, known, changed: false });
  }

  /** In the order of their keys. */
  get changed(): readonly BookRow[] {
    return this.#rows
      .values()
      .filter((row) => row.changed)
      .sort((a, b) => compare(a.org, b.org) || compare(a.key, b.key));
  }

  /** Decides a reservation against the rows as they stand, with the limits that the asker's bundle names. */
  stage(org: string, ask: ReserveAsk, lines: ReadonlyMap<string, BudgetLine>): Staged {
    const rows = Array.from(lines, ([key, line]) => ({ row: this.#row(org, key), line }));
    const chain = rows.map(({ row, line }) => ({
      unit: line.unit,
      limit: line.limit,
      reserved: row.reserved,
      charged: row.charged,
    }));
    const result = reserve(chain, ask.min, ask.want);
    if (!result.ok) {
      const line = result.line === null ? undefined : rows[result.line]?.line;
      const refused: ReserveResult = {
        ok: false,
        line: line ?? { ...NOWHERE, unit: result.unit },
        left: result.left,
        reason: result.reason,
      };
      return { result: refused, holds: NO_HOLDS, apply: () => undefined };
    }
    const holding = rows.filter(({ row }) => (result.granted[row.unit] ?? 0) > 0);
    return {
      result: { ok: true, granted: result.granted },
      holds: { granted: result.granted, lines: holding.map(({ row }) => row.key) },
      apply: () => {
        for (const { row, line } of holding) {
          row.limit = line.limit;
          row.reserved += result.granted[row.unit] ?? 0;
          row.changed = true;
        }
      },
    };
  }

  /** Whether the rows can hold what an act is said to hold. */
  holds(org: string, { granted, lines }: Holds): boolean {
    return lines.every((key) => {
      const row = this.#row(org, key);
      return row.reserved >= (granted[row.unit] ?? 0);
    });
  }

  /** Ends what an act holds. @returns what it spent beyond its holds, which the rows carry too */
  end(org: string, holds: Holds, spent: SettleItem['charge']): Difference {
    const over: Partial<Record<BudgetUnit, number>> = {};
    for (const unit of BUDGET_UNITS) {
      const { over: excess } = booking(unit, holds.granted[unit] ?? 0, spentOf(holds.granted, spent, unit));
      if (excess > 0) over[unit] = excess;
    }
    for (const key of holds.lines) {
      const row = this.#row(org, key);
      const held = holds.granted[row.unit] ?? 0;
      const after =
        spent === 'none' ? release(row, held) : charge(row, booking(row.unit, held, spentOf(holds.granted, spent, row.unit)));
      row.reserved = after.reserved;
      row.charged = after.charged;
      row.changed = true;
    }
    return over;
  }

  /** Puts right an act that was charged in full because nobody knew its end. */
  amend(org: string, holds: Holds, spent: SettleItem['charge']): Difference {
    const difference = differenceOf(holds.granted, spent);
    for (const key of holds.lines) {
      const row = this.#row(org, key);
      row.charged = correct(row, difference[row.unit] ?? 0).charged;
      row.changed = true;
    }
    return difference;
  }

  /** Thresholds that the batch crossed, highest of each row; each is told once, since the row remembers. */
  thresholds(): readonly Threshold[] {
    const crossed: Threshold[] = [];
    for (const row of this.#rows.values()) {
      const line = row.known?.line;
      if (!row.changed || line === undefined || line.alarms.length === 0) continue;
      for (const perMille of reached(row, line.alarms, row.told)) {
        crossed.push({ org: row.org, line, perMille, limit: row.limit, charged: row.charged });
        row.told = perMille;
      }
    }
    return crossed;
  }

  /** After the commit: what the rows are now. */
  publish(): void {
    for (const { known, limit: most, reserved, charged, told } of this.#rows.values()) {
      if (known === undefined) continue;
      known.left = most - charged - reserved;
      known.row = { most, reserved, charged, told };
    }
  }

  #row(org: string, key: string): BookRow {
    const row = this.#rows.get(org, key);
    if (row === undefined) throw new MissingRow();
    return row;
  }
}

/** A row that should have been locked is not there: somebody removed it. The batch runs again and makes it anew. */
export class MissingRow extends Error {}

function differenceOf(granted: Amounts, spent: SettleItem['charge']): Difference {
  const difference: Partial<Record<BudgetUnit, number>> = {};
  for (const unit of BUDGET_UNITS) {
    const held = granted[unit] ?? 0;
    const change = isHeldOnly(unit) ? 0 : spentOf(granted, spent, unit) - held;
    if (change !== 0) difference[unit] = change;
  }
  return difference;
}
