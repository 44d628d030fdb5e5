/** A road on a database of its own, with small words for what tests ask of it. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import { parseEntry } from '@countersign/kernel/ledger';
import { decisionDraft, outcomeDraft, silentLog } from '../../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../../adapters/system/clock.ts';
import type { Amounts, BudgetLine, DecisionItem, SettleItem } from '../../../ports/road-store.ts';
import { type LedgerWriter, openLedger } from '../../ledger/index.ts';
import { type Connection, openStore, type Store } from '../../postgres/index.ts';
import type { StateParts } from '../../record/parts.ts';
import { PostgresRoad } from '../index.ts';

export const ORG = 'org_acme';
export const HOUR = '2026-11-20T10:00:00Z';
const LIFE = '1970-01-01T00:00:00Z';

export interface Rig extends StateParts {
  readonly store: Store;
  readonly ledger: LedgerWriter;
  readonly road: PostgresRoad;
  readonly node: string;
  close(): Promise<void>;
}

/** One process' worth of a road. Payloads are another room's: none are written here. */
export async function openRig(connection: Connection | string): Promise<Rig> {
  const store = await openStore({ connection, log: silentLog });
  const node = newId('nod');
  const ledger = openLedger({ store, clock: systemClock, newEntryId, node });
  const author = { clock: systemClock, newEntryId };
  const road = new PostgresRoad({
    store,
    ledger,
    author,
    org: ORG,
    payloads: { send: async () => ({ done: Promise.resolve() }) },
  });
  return { store, ledger, road, node, author, close: () => store.close() };
}

export const line = (scope: string, limit: number, more: Partial<BudgetLine> = {}): BudgetLine => ({
  scope,
  unit: 'microUsd',
  window: 'life',
  starts: LIFE,
  limit,
  raise: 'team:finops',
  alarms: [],
  ...more,
});

export interface AskTerms {
  readonly key?: string;
  readonly lines: readonly BudgetLine[];
  readonly min?: Amounts;
  readonly want: Amounts;
  readonly expiresAt?: string;
  readonly approvals?: readonly string[];
  readonly record?: DecisionItem['record'];
}

export const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

/** An allowed act that asks for money. */
export function ask({
  key = newId('dec'),
  lines,
  min,
  want,
  expiresAt = inMinutes(10),
  approvals,
  record,
}: AskTerms): DecisionItem {
  return {
    org: ORG,
    grant: newId('gra'),
    reserve: { key, lines, min: min ?? {}, want, expiresAt },
    ...(approvals === undefined ? {} : { useApprovals: approvals }),
    record: record ?? (() => ({ entries: [decisionDraft(ORG, key)], payloads: [] })),
  };
}

export const end = (key: string, charge: SettleItem['charge']): SettleItem => ({
  org: ORG,
  reservation: key,
  charge,
  entries: [outcomeDraft(ORG, key)],
  payloads: [],
});

export interface RowState {
  readonly reserved: number;
  readonly charged: number;
}

export const rowOf = async (store: Store, scope: string): Promise<RowState> => {
  const [row] = await store.query<RowState & { line: string }>(
    `select reserved, charged from budget where line like '%/' || $1`,
    [scope],
  );
  return { reserved: row?.reserved ?? 0, charged: row?.charged ?? 0 };
};

/** All entries of the ledger, in order, without those that open a node's chain. */
export async function entriesOf(store: Store, org = ORG): Promise<readonly EntryDraft[]> {
  const rows = await store.query<{ body: Buffer }>('select body from audit_entry where org = $1 order by seq', [org]);
  return rows.map(({ body }) => parseEntry(body)).filter(({ type }) => type !== 'node.started');
}

export const ofType = <T extends EntryDraft['type']>(
  entries: readonly EntryDraft[],
  type: T,
): readonly Extract<EntryDraft, { type: T }>[] =>
  entries.filter((entry): entry is Extract<EntryDraft, { type: T }> => entry.type === type);
