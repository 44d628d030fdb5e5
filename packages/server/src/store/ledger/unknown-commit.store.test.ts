import { parseEntry } from '@countersign/kernel/ledger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMIT_BYTES, type Cut, type CutProxy, cutProxy } from '../../../../../tests/support/cut-proxy.ts';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft, silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import { CommitUnknown, type Connection, openStore, type Store } from '../postgres/index.ts';
import { openLedger } from './append.ts';
import type { LedgerWriter } from './writer.ts';

/** Bytes of `CommandComplete COMMIT` and `ReadyForQuery`. */
const ANSWER_BYTES = 18;

let database: FreshDatabase;
let proxy: CutProxy;
let store: Store;
let ledger: LedgerWriter;

function targetOf(connection: Connection): { path: string } | { host: string; port: number } {
  const url = connection.connectionString === undefined ? undefined : new URL(connection.connectionString);
  const host = url?.hostname ?? connection.host ?? 'localhost';
  const port = Number(url?.port || connection.port || 5432);
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

function through(connection: Connection, { host, port }: CutProxy): Connection {
  if (connection.connectionString === undefined) return { ...connection, host, port };
  const url = new URL(connection.connectionString);
  url.hostname = host;
  url.port = String(port);
  return { connectionString: url.href };
}

beforeAll(async () => {
  database = await freshDatabase();
  proxy = await cutProxy(targetOf(database.connection));
  store = await openStore({ connection: through(database.connection, proxy), log: silentLog });
  ledger = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') });
  await ledger.append([decisionDraft('acme')]);
});
afterAll(async () => {
  await store.close();
  await proxy.close();
  await database.drop();
});

const cuts: readonly Cut[] = [
  ...Array.from({ length: COMMIT_BYTES + 1 }, (_, request): Cut => ({ request, answer: 0 })),
  ...Array.from({ length: ANSWER_BYTES }, (_, answer): Cut => ({ request: 'all', answer })),
];

async function bodies(): Promise<readonly string[]> {
  const rows = await store.query<{ seq: number; body: Buffer }>(
    `select seq, body from audit_entry where org = 'acme' order by seq`,
  );
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i));
  const entries = rows.map(({ body }) => parseEntry(body));
  expect(entries.map(({ nodeSeq }) => nodeSeq)).toEqual(entries.map((_, i) => i));
  return entries.map(({ id }) => id);
}

test('a COMMIT cut at any byte, of question or answer, takes effect exactly once and is acknowledged with its index', async () => {
  for (const cut of cuts) {
    const draft = decisionDraft('acme');
    proxy.arm(cut);
    const [[seq]] = await Promise.all([ledger.append([draft]), ledger.append([decisionDraft('acme')])]);
    const ids = await bodies();
    expect(ids.filter((id) => id === draft.id)).toHaveLength(1);
    expect(ids[seq ?? -1]).toBe(draft.id);
  }
});

test('without a resolver the caller is told that nobody knows, and the chain finds out before it goes on', async () => {
  for (const cut of [cuts[0], cuts[COMMIT_BYTES], cuts.at(-1)]) {
    if (cut === undefined) throw new Error('no cut');
    // Whatever is still in doubt is cleared first, so that it is this commit that is cut.
    await ledger.append([decisionDraft('acme')]);
    proxy.arm(cut);
    const lost = store.tx((tx) => ledger.appendInTx(tx, 'acme', [decisionDraft('acme')]));
    await expect(lost).rejects.toBeInstanceOf(CommitUnknown);
    const next = decisionDraft('acme');
    const [seq] = await ledger.append([next]);
    expect((await bodies())[seq ?? -1]).toBe(next.id);
  }
});
