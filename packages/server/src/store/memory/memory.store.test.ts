import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LedgerEntry, parseEntry } from '@countersign/kernel/ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import type { MemoryDraft } from '../../ports/memory.ts';
import { DATA_CLASSES } from '../../ports/registry.ts';
import { verifyExport } from '../../verify/index.ts';
import { withClient } from '../embedded/index.ts';
import { admitLog, loadLogKey, openIntegration, openLedger, publishedIn, writeExport } from '../ledger/index.ts';
import { loadMasterKey, openPayloads, type PayloadStore } from '../payload/index.ts';
import { openStore, type Store } from '../postgres/index.ts';
import { openMemories, type PostgresMemories } from './index.ts';

let database: FreshDatabase;
let store: Store;
let payloads: PayloadStore;
let memories: PostgresMemories;
let dir: string;
let org = '';
let round = 0;

beforeAll(async () => {
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), 'memory-'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});

const author = { clock: systemClock, newEntryId };
const logKey = () => loadLogKey(join(dir, 'log.key'));
const published = () => publishedIn(join(dir, 'checkpoints'));

/** Another process on the same database. */
function open(): PostgresMemories {
  const admit = admitLog({ store, key: logKey(), published: published() });
  const ledger = openLedger({ store, ...author, node: newId('nod'), admit });
  payloads = openPayloads({ store, ledger, wrapper: loadMasterKey(join(dir, 'master.key')), ...author });
  return openMemories({ store, ledger, author, payloads });
}

beforeEach(async () => {
  org = `acme-${round++}`;
  store = await openStore({ connection: database.connection, log: silentLog });
  memories = open();
  // What tests before this one left behind.
  await payloads.sweep();
});
afterEach(() => store.close());

const HOUR_MS = 3_600_000;
const CAPS = { memories: 200, bytes: 256 * 1024 };
const HERE = { scope: 'agent', owner: 'payments-fixer' } as const;

const draft = (text: string, over: Partial<MemoryDraft> = {}): MemoryDraft => ({
  id: newId('mem'),
  ...HERE,
  agent: 'payments-fixer',
  subject: 'usr_ada',
  dataClass: 'internal',
  taints: ['untrusted'],
  text,
  tags: ['tag'],
  decision: 'dec_1',
  createdAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
  ...over,
});

async function put(text: string, over: Partial<MemoryDraft> = {}): Promise<MemoryDraft> {
  const made = draft(text, over);
  expect(await memories.put(org, made, CAPS)).toBe('stored');
  return made;
}

const texts = async (over: Partial<Parameters<PostgresMemories['recall']>[1]> = {}): Promise<readonly string[]> =>
  (await memories.recall(org, { places: [HERE], classes: DATA_CLASSES, subject: 'usr_ada', ...over })).map(({ text }) => text);

async function entries(): Promise<readonly LedgerEntry[]> {
  const rows = await store.query<{ body: Buffer }>('select body from audit_entry where org = $1 order by seq', [org]);
  return rows.map(({ body }) => parseEntry(body));
}

/** Exports with payloads and verifies as anybody would. */
async function verified(): Promise<boolean> {
  const key = logKey();
  const integration = openIntegration({
    store,
    key,
    published: published(),
    admit: admitLog({ store, key, published: published() }),
  });
  for (;;) {
    const step = await integration.step(org, 0);
    if (step.state === 'ours' && step.behind === 0 && step.signed === step.size) break;
  }
  await integration.release();
  const target = mkdtempSync(join(dir, 'export-'));
  rmSync(target, { recursive: true });
  await writeExport(target, { store, key }, { org, payloads });
  const report = await verifyExport(target, { vkey: key.vkey(org) });
  return report.ok;
}

describe('writing and reading', () => {
  test('what was written is read back by another process, newest first, with an entry that names it', async () => {
    const one = await put('one');
    const two = await put('two \u0000 \u{1f600}', { createdAt: new Date(Date.now() + 1).toISOString() });
    const other = open();
    const read = await other.recall(org, { places: [HERE], classes: DATA_CLASSES, subject: 'usr_ada' });
    expect(read.map(({ digest: _digest, bytes: _bytes, ...rest }) => rest)).toEqual([two, one]);
    expect(await other.read(org, one.id)).toMatchObject(one);
    expect(await other.find(org, newId('mem'))).toBeUndefined();
    const entry = (await entries()).find(({ type }) => type === 'memory.written');
    expect(entry).toMatchObject({
      type: 'memory.written',
      principal: 'payments-fixer',
      onBehalfOf: 'usr_ada',
      payloads: [{ digest: read[1]?.digest, class: 'internal', kind: 'memory' }],
      detail: {
        memory: one.id,
        decision: 'dec_1',
        scope: 'agent',
        owner: 'payments-fixer',
        class: 'internal',
        expiresAt: one.expiresAt,
      },
    });
    expect(JSON.stringify(await entries())).not.toContain('one"');
    expect(await verified()).toBe(true);
  });

  test('neither text nor tags are readable in any table', async () => {
    await put('a tell-tale sentence', { tags: ['telltaletag'] });
    const dump = await withClient(database.superuser, async (client) => {
      const { rows } = await client.query('select m::text as m, p::text as p from memory m, payload p where m.org = p.org');
      return JSON.stringify(rows);
    });
    for (const word of ['tell-tale', 'telltaletag', Buffer.from('tell-tale').toString('hex')]) expect(dump).not.toContain(word);
  });

  test('only what lies in the places, up to the classes, and confidential for its own subject', async () => {
    await put('mine');
    await put('team', { scope: 'team', owner: 'payments' });
    await put('elsewhere', { owner: 'other' });
    await put('same name, other scope', { scope: 'team', owner: 'payments-fixer' });
    await put('confidential', { dataClass: 'confidential' });
    await put('of bob', { dataClass: 'confidential', subject: 'usr_bob' });
    expect([...(await texts())].sort()).toEqual(['confidential', 'mine']);
    expect([...(await texts({ places: [HERE, { scope: 'team', owner: 'payments' }], classes: ['internal'] }))].sort()).toEqual([
      'mine',
      'team',
    ]);
    expect(await texts({ classes: ['public'] })).toEqual([]);
    expect(await texts({ places: [] })).toEqual([]);
    const elsewhere = await memories.recall('another-org', { places: [HERE], classes: DATA_CLASSES, subject: 'usr_ada' });
    expect(elsewhere).toEqual([]);
  });

  test('pages by filters, without what they say', async () => {
    for (let i = 0; i < 5; i++) await put(`m${i}`, i === 0 ? { agent: 'other', subject: 'usr_bob' } : {});
    const first = await memories.list(org, { limit: 3, scope: 'agent', owner: 'payments-fixer' });
    const second = await memories.list(org, { limit: 3, cursor: first.nextCursor ?? '' });
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([3, 2, undefined]);
    expect(JSON.stringify(first)).not.toContain('"m4"');
    expect((await memories.list(org, { limit: 9, agent: 'other' })).data.length).toBe(1);
    expect((await memories.list(org, { limit: 9, subject: 'usr_ada' })).data.length).toBe(4);
    expect((await memories.list(org, { limit: 9, scope: 'task' })).data.length).toBe(0);
    expect((await memories.written(org, 'payments-fixer', HERE)).length).toBe(4);
  });
});

describe('caps', () => {
  test('hold under concurrent writers on two processes', async () => {
    const other = open();
    const caps = { memories: 7, bytes: 10_000 };
    // Each process looks at the log once before its first entry, on a connection of its own.
    for (const process of [memories, other]) await process.put(org, draft('first', { owner: 'other' }), caps);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? memories : other).put(org, draft(`m${i}`), caps)),
    );
    expect(results.filter((result) => result === 'stored').length).toBe(7);
    expect((await texts()).length).toBe(7);
    expect((await entries()).filter(({ type }) => type === 'memory.written').length).toBe(9);
  });

  test('count bytes, only those of the place, and nothing that has ended', async () => {
    const caps = { memories: 9, bytes: 1_000 };
    await put('x'.repeat(600), { expiresAt: new Date(Date.now() - 1).toISOString() });
    await put('x'.repeat(900), { owner: 'other' });
    expect(await memories.put(org, draft('x'.repeat(600)), caps)).toBe('stored');
    expect(await memories.put(org, draft('x'.repeat(600)), caps)).toBe('full');
    expect(await memories.put(org, draft('x'.repeat(200)), caps)).toBe('stored');
  });
});

describe('the end', () => {
  test('comes with the time: gone at once, then erased on record, and the ledger verifies', async () => {
    await put('due', { expiresAt: new Date(Date.now() - 1).toISOString() });
    await put('later');
    expect(await texts()).toEqual(['later']);
    expect(await payloads.sweep()).toBe(1);
    expect((await store.query('select 1 from memory where org = $1', [org])).length).toBe(1);
    expect((await entries()).at(-1)).toMatchObject({ type: 'erasure', detail: { code: 'retention' } });
    expect(await verified()).toBe(true);
  });

  test('comes with forgetting, on record', async () => {
    const { id } = await put('one');
    await put('two');
    const record = await memories.find(org, id);
    if (record === undefined) throw new Error('not there');
    expect(await memories.forget(org, [record], 'payments-fixer', 'memory.forget')).toBe(1);
    expect(await memories.forget(org, [record], 'payments-fixer', 'memory.forget')).toBe(0);
    expect(await texts()).toEqual(['two']);
    expect(await memories.read(org, id)).toBeUndefined();
    expect((await entries()).at(-1)).toMatchObject({
      type: 'erasure',
      detail: { code: 'memory.forget', by: 'payments-fixer', digests: [record.digest] },
    });
    expect(await verified()).toBe(true);
  });

  test('comes with the erasure of a person: rows, texts and keys, and the ledger verifies', async () => {
    await put('of ada');
    await put('of ada for the team', { scope: 'team', owner: 'payments', dataClass: 'public' });
    await put('of bob', { subject: 'usr_bob' });
    expect((await payloads.erase(org, { subject: 'usr_ada' }, 'usr_dpo', 'subject.request')).length).toBe(2);
    const rows = await store.query<{ subject: string }>('select subject from memory where org = $1', [org]);
    expect(rows.map(({ subject }) => subject)).toEqual(['usr_bob']);
    expect(await store.query('select 1 from data_key where org = $1 and subject = $2', [org, 'usr_ada'])).toEqual([]);
    expect(await texts()).toEqual(['of bob']);
    expect(await verified()).toBe(true);
    // The same process remembers for that person again, under a new key.
    await put('new');
    expect([...(await texts())].sort()).toEqual(['new', 'of bob']);
  });

  test('waits for a legal hold, and is out of sight meanwhile', async () => {
    const { id } = await put('held');
    await put('held and due', { expiresAt: new Date(Date.now() - 1).toISOString() });
    await payloads.hold(org, 'usr_ada', 'case 12', 'usr_dpo');
    const record = await memories.find(org, id);
    if (record === undefined) throw new Error('not there');
    await expect(memories.forget(org, [record], 'payments-fixer', 'memory.forget')).rejects.toMatchObject({
      code: 'request.conflict',
    });
    expect(await payloads.sweep()).toBe(0);
    expect(await texts()).toEqual(['held']);
    await payloads.lift(org, 'usr_ada');
    expect(await payloads.sweep()).toBe(1);
  });

  test('a text whose key went is not there, even where a row stayed behind', async () => {
    await put('x');
    await withClient(database.superuser, (client) => client.query('delete from data_key where org = $1', [org]));
    expect(await texts()).toEqual([]);
  });

  test('leaves no row of its place', async () => {
    await put('x', { expiresAt: new Date(Date.now() - 1).toISOString() });
    await put('y', { scope: 'team', owner: 'payments' });
    await payloads.sweep();
    await memories.prune();
    expect(await store.query('select scope from memory_place where org = $1', [org])).toEqual([{ scope: 'team' }]);
  });
});

test.each(['delete from memory', "update memory set class = 'public'", 'truncate memory'])(
  'the doors themselves may not: %s',
  async (sql) => {
    await expect(store.query(sql)).rejects.toMatchObject({ code: 'store.unsafe' });
  },
);

test('a row that was given another class is no way to its text', async () => {
  await put('secretive', { dataClass: 'confidential', subject: 'usr_bob' });
  await withClient(database.superuser, (client) =>
    client
      .query(`update payload set class = 'public' where org = $1`, [org])
      .then(() => client.query(`update memory set class = 'public' where org = $1`, [org])),
  );
  await expect(texts()).rejects.toMatchObject({ code: 'ledger.corrupt' });
});
