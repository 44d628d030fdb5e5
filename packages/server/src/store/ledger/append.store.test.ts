import { type EntryDraft, hexEncode, leafHash, parseEntry } from '@countersign/kernel/ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft, outcomeDraft, silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import { withClient } from '../embedded/index.ts';
import { openStore, type Store } from '../postgres/index.ts';
import { openLedger } from './append.ts';
import type { LedgerWriter } from './writer.ts';
import { findEntry } from './find.ts';
import { sha256 } from './sha256.ts';

let database: FreshDatabase;
let store: Store;
let ledger: LedgerWriter;
const ORG = 'acme';

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
let round = 0;
let org = ORG;
beforeEach(async () => {
  org = `${ORG}-${round++}`;
  store = await openStore({ connection: database.connection, log: silentLog });
  ledger = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') });
});
afterEach(() => store.close());

interface Row {
  readonly seq: number;
  readonly leaf: Buffer;
  readonly body: Buffer;
}
const rows = () =>
  store.query<Row & Record<string, unknown>>('select seq, leaf, body from audit_entry where org = $1 order by seq', [org]);

async function expectWholeLog(): Promise<readonly Row[]> {
  const all = await rows();
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i));
  const chains = new Map<string, { seq: number; prev: string | null }>();
  const entries = all.map(({ leaf, body }) => {
    expect(hexEncode(leafHash(body, sha256))).toBe(hexEncode(leaf));
    return { entry: parseEntry(body), leaf: hexEncode(leaf) };
  });
  entries.sort((a, b) =>
    a.entry.node < b.entry.node ? -1 : a.entry.node > b.entry.node ? 1 : a.entry.nodeSeq - b.entry.nodeSeq,
  );
  for (const { entry, leaf } of entries) {
    const { seq, prev } = chains.get(entry.node) ?? { seq: 0, prev: null };
    expect([entry.nodeSeq, entry.nodePrev]).toEqual([seq, prev]);
    chains.set(entry.node, { seq: seq + 1, prev: leaf });
  }
  const [head] = await store.query<{ size: number }>('select size from log_head where org = $1', [org]);
  expect(head?.size ?? 0).toBe(all.length);
  return all;
}

describe('group commit', () => {
  test('concurrent appends get dense indices, and each caller its own', async () => {
    const drafts = Array.from({ length: 300 }, () => decisionDraft(org));
    const seqs = await Promise.all(drafts.map((draft) => ledger.append([draft])));
    const all = await expectWholeLog();
    expect(all).toHaveLength(301);
    for (const [i, draft] of drafts.entries())
      expect(parseEntry(all[seqs[i]?.[0] ?? -1]?.body ?? Buffer.alloc(0)).id).toBe(draft.id);
  });

  test('many nodes on one log share its indices, each with a chain of its own', async () => {
    const nodes = [1, 2, 3].map(() => openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') }));
    await Promise.all(
      Array.from({ length: 150 }, (_, i) => nodes[i % 3]?.append([decisionDraft(org), outcomeDraft(org, 'dec_1')])),
    );
    expect(await expectWholeLog()).toHaveLength(303);
  });

  test('a draft that is no entry fails alone', async () => {
    const bad = { ...decisionDraft(org), surprise: 1 } as unknown as EntryDraft;
    const results = await Promise.allSettled([
      ledger.append([decisionDraft(org)]),
      ledger.append([bad]),
      ledger.append([decisionDraft(org)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await expectWholeLog()).toHaveLength(3);
  });
});

describe('within a transaction', () => {
  test('a rollback leaves no trace, and the chain goes on without a gap', async () => {
    await ledger.append([decisionDraft(org)]);
    const failing = store.tx(async (tx) => {
      await ledger.appendInTx(tx, org, [decisionDraft(org)]);
      throw new Error('the business failed');
    });
    const following = ledger.append([decisionDraft(org)]);
    await expect(failing).rejects.toThrow('the business failed');
    await following;
    expect(await expectWholeLog()).toHaveLength(3);
  });

  test('the first transaction of a log may fail: the next one opens it', async () => {
    await expect(
      store.tx(async (tx) => {
        await ledger.appendInTx(tx, org, [decisionDraft(org)]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await ledger.append([decisionDraft(org)])).toEqual([1]);
    expect(await expectWholeLog()).toHaveLength(2);
  });

  test('transactions and group commits interleave', async () => {
    const inTx = (i: number) =>
      store
        .tx(async (tx) => {
          const { seqs } = await ledger.appendInTx(tx, org, [decisionDraft(org)]);
          if (i % 5 === 0) throw new Error('planned');
          return seqs;
        })
        .catch(() => []);
    await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? inTx(i) : ledger.append([decisionDraft(org)]))));
    expect(await expectWholeLog()).toHaveLength(1 + 60 - 6);
  });
});

describe('finding', () => {
  test('an entry is found by its id, a decision by its own', async () => {
    const draft = decisionDraft(org);
    const [seq] = await ledger.append([draft, outcomeDraft(org, draft.decision.id)]);
    const found = [await findEntry(store, org, draft.id), await findEntry(store, org, draft.decision.id)];
    expect(found.map((entry) => entry?.seq)).toEqual([seq, seq]);
    expect(await findEntry(store, org, 'dec_missing')).toBeUndefined();
    expect(await findEntry(store, 'another', draft.id)).toBeUndefined();
  });

  test('an id that shares its bytes with another kind is not mistaken for it', async () => {
    const draft = decisionDraft(org, 'odd-decision-id');
    await ledger.append([draft]);
    expect((await findEntry(store, org, 'odd-decision-id'))?.seq).toBe(1);
    expect(await findEntry(store, org, `dec_${draft.id.replaceAll('-', '')}`)).toBeUndefined();
  });
});

describe('what is refused', () => {
  test.each([
    'update audit_entry set seq = seq',
    'delete from audit_entry',
    'truncate audit_entry',
    'update audit_batch set n = 1',
    'delete from log_checkpoint',
    'alter table audit_entry add column x text',
    'drop table audit_batch',
    'delete from log_head',
  ])('the role of the doors may not: %s', async (sql) => {
    await expect(store.query(sql)).rejects.toMatchObject({ code: 'store.unsafe' });
  });

  test('a log that went backwards takes no more entries', async () => {
    await ledger.append([decisionDraft(org), decisionDraft(org)]);
    await withClient(database.superuser, async (client) => {
      await client.query('delete from audit_entry where org = $1 and seq >= 1', [org]);
      await client.query('delete from audit_batch where org = $1', [org]);
      await client.query('update log_head set size = 1 where org = $1', [org]);
    });
    await expect(ledger.append([decisionDraft(org)])).rejects.toMatchObject({ code: 'ledger.corrupt' });
    expect(await rows()).toHaveLength(1);
  });

  test('a refused log is asked about again at the next append', async () => {
    let open = false;
    const guarded = openLedger({
      store,
      clock: systemClock,
      newEntryId,
      node: newId('nod'),
      admit: async () => {
        if (!open) throw new Error('behind the published checkpoint');
      },
    });
    await expect(guarded.append([decisionDraft(org)])).rejects.toThrow('behind');
    open = true;
    expect(await guarded.append([decisionDraft(org)])).toEqual([1]);
  });
});
