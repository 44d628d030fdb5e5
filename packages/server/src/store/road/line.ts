/** Budget lines as the database names them: `unit/window/starts/scope`. The scope is last, since it alone is free text. */
import {
  type Amounts,
  BUDGET_UNITS,
  BUDGET_WINDOWS,
  type BudgetUnit,
  type BudgetWindow,
  isAmount,
} from '@countersign/kernel/budget';
import { Fault } from '@countersign/kernel/fault';
import type { BudgetLine } from '../../ports/road-store.ts';

/** Printable ASCII: no separator, no NUL, and an index order that every locale agrees on. */
const SCOPE = /^[\x21-\x7e]{1,256}$/;
const STARTS = /^[0-9TZ:.-]{20,30}$/;

const invalid = (internal: string): Fault => new Fault('internal.fault', 'The budget could not be asked.', { internal });

/** @throws Fault internal.fault: lines are made by us, from checked rules */
export function checkLine(line: BudgetLine): BudgetLine {
  if (!BUDGET_UNITS.includes(line.unit) || !BUDGET_WINDOWS.includes(line.window))
    throw invalid('a budget line has no known unit or window');
  if (!SCOPE.test(line.scope) || !STARTS.test(line.starts)) throw invalid('a budget line has no usable scope or start');
  if (!isAmount(line.limit)) throw invalid(`the limit of ${line.scope} is no amount`);
  return line;
}

const keys = new WeakMap<BudgetLine, string>();

/** Lines are values that are asked for again and again, so each is named once. */
export function lineKey(line: BudgetLine): string {
  const known = keys.get(line);
  if (known !== undefined) return known;
  const key = `${line.unit}/${line.window}/${line.starts}/${line.scope}`;
  keys.set(line, key);
  return key;
}

export const unitOfKey = (key: string): BudgetUnit => key.slice(0, key.indexOf('/')) as BudgetUnit;

export interface LineName {
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  readonly starts: string;
  readonly scope: string;
}

export function parseLineKey(key: string): LineName {
  const [unit, window, starts] = key.split('/', 3) as [BudgetUnit, BudgetWindow, string];
  return { unit, window, starts, scope: key.slice(unit.length + window.length + starts.length + 3) };
}

/** A row of the budget as the database holds it. */
export interface FoundRow {
  readonly most: number;
  readonly reserved: number;
  readonly charged: number;
  readonly told: number;
}

/** What an open act holds: the granted amount of each unit, and the lines that hold it. */
export interface Holds {
  readonly granted: Amounts;
  readonly lines: readonly string[];
}

export const NO_HOLDS: Holds = { granted: {}, lines: [] };

/** Amounts in the order of the units on the first row, then one line key a row. */
export function writeHolds({ granted, lines }: Holds): string {
  const amounts = BUDGET_UNITS.map((unit) => granted[unit] ?? '').join(',');
  return lines.length === 0 ? amounts : `${amounts}\n${lines.join('\n')}`;
}

export function readHolds(text: string): Holds {
  const [amounts = '', ...lines] = text.split('\n');
  const parts = amounts.split(',');
  const granted: Partial<Record<BudgetUnit, number>> = {};
  for (const [at, unit] of BUDGET_UNITS.entries()) {
    const part = parts[at];
    if (part !== undefined && part !== '') granted[unit] = Number(part);
  }
  return { granted, lines };
}
