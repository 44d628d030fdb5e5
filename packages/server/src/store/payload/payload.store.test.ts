import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry, payloadDigest } from '@countersign/kernel/ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft, silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import type { PayloadDraft } from '../../ports/road-store.ts';
import { withClient } from '../embedded/index.ts';
import { type LedgerWriter, openLedger, sha256 } from '../ledger/index.ts';
import { openStore, type Store } from '../postgres/index.ts';
import { type KeyWrapper, loadMasterKey, openPayloads, type PayloadStore } from './index.ts';

let database: FreshDatabase;
let store: Store;
let ledger: LedgerWriter;
let payloads: PayloadStore;
let wrapper: KeyWrapper;
let dir: string;
let org = '';
let round = 0;

beforeAll(async () => {
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), 'payload-'));
  wrapper = loadMasterKey(join(dir, 'master.key'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});
const open = (): PayloadStore => openPayloads({ store, ledger, wrapper, clock: systemClock, newEntryId });
beforeEach(async () => {
  org = `acme-${round++}`;
  store = await openStore({ connection: database.connection, log: silentLog });
  ledger = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') });
  payloads = open();
});
afterEach(() => store.close());

function draft(text: string | Uint8Array, more: Partial<PayloadDraft> = {}): PayloadDraft {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const blind = randomBytes(32);
  return {
    kind: 'request',
    class: 'confidential',
    bytes,
    blind,
    digest: payloadDigest(blind, bytes, sha256),
    subject: 'usr_1',
    retainUntil: null,
    ...more,
  };
}

async function write(drafts: readonly PayloadDraft[], through: PayloadStore = payloads): Promise<void> {
  await store.tx(async (tx) => {
    await through.insert(tx, org, drafts);
    await ledger.appendInTx(tx, org, [decisionDraft(org)]);
  });
}

async function erasures(): Promise<readonly unknown[]> {
  const rows = await store.query<{ body: Buffer }>('select body from audit_entry where org = $1 order by seq', [org]);
  return rows.map(({ body }) => parseEntry(body)).flatMap((entry) => (entry.type === 'erasure' ? [entry.detail] : []));
}

describe('writing and reading', () => {
  test('what was written is read back, bytes and blind, also by another process', async () => {
    const drafts = [
      draft('hello'),
      draft('', { kind: 'response' }),
      draft(Buffer.from([0, 255, 0xd8, 0])),
      draft(randomBytes(1_000_000), { subject: 'usr_2', class: 'internal' }),
    ];
    await write(drafts);
    const other = open();
    for (const each of drafts) {
      const answer = await other.payload(org, each.digest);
      expect(answer).toMatchObject({ state: 'present', kind: each.kind, class: each.class });
      if (answer.state !== 'present') throw new Error('not there');
      expect(Buffer.compare(answer.bytes, each.bytes)).toBe(0);
      expect(payloadDigest(answer.blind, answer.bytes, sha256)).toBe(each.digest);
    }
  });

  test('neither payload nor blind is readable in the table', async () => {
    const one = draft('a very tell-tale sentence');
    await write([one]);
    const [row] = await store.query<{ cipher: Buffer; digest: Buffer }>('select cipher, digest from payload where org = $1', [
      org,
    ]);
    expect(row?.cipher.includes('tell-tale')).toBe(false);
    expect(row?.cipher.includes(Buffer.from(one.blind))).toBe(false);
  });

  test('a payload that was never written is missing', async () => {
    expect([await payloads.payload(org, 'ab'.repeat(32)), await payloads.payload(org, 'nonsense')]).toEqual([
      { state: 'missing' },
      { state: 'missing' },
    ]);
  });

  test('a key of a transaction that failed is not written with again', async () => {
    const failing = store.tx(async (tx) => {
      await payloads.insert(tx, org, [draft('lost')]);
      throw new Error('planned');
    });
    await expect(failing).rejects.toThrow('planned');
    const one = draft('kept');
    await write([one]);
    expect(await open().payload(org, one.digest)).toMatchObject({ state: 'present' });
  });

  test.each([
    ['another class', `update payload set class = 'public'`],
    ['another row', 'update payload p set cipher = q.cipher from payload q where q.digest <> p.digest and q.org = p.org'],
    ['a flipped bit', 'update payload set cipher = set_byte(cipher, 40, get_byte(cipher, 40) # 1)'],
  ])('a row that was given %s is refused, not returned', async (_name, sql) => {
    const drafts = [draft('payload number one'), draft('payload number two')];
    await write(drafts);
    await withClient(database.superuser, (client) =>
      client.query(`${sql} ${sql.includes('where') ? 'and' : 'where'} ${sql.includes('payload p') ? 'p.' : ''}org = $1`, [org]),
    );
    await expect(payloads.payload(org, drafts[0]?.digest ?? '')).rejects.toMatchObject({ code: 'ledger.corrupt' });
  });
});

describe('erasure', () => {
  test('digests go with an entry that names them; the others stay', async () => {
    const [one, two] = [draft('one'), draft('two')];
    await write([one, two]);
    expect(await payloads.erase(org, { digests: [one.digest, 'ab'.repeat(32)] }, 'usr_9', 'subject.request')).toEqual([
      one.digest,
    ]);
    expect(await payloads.payload(org, one.digest)).toEqual({ state: 'erased' });
    expect(await payloads.payload(org, two.digest)).toMatchObject({ state: 'present' });
    expect(await erasures()).toEqual([{ digests: [one.digest], code: 'subject.request', by: 'usr_9' }]);
  });

  test('a subject goes as a whole, keys included, and more than one entry has room for', async () => {
    const drafts = Array.from({ length: 200 }, (_, i) => draft(`p${i}`));
    await write(drafts);
    const other = draft('other', { subject: 'usr_2' });
    await write([other]);
    expect((await payloads.erase(org, { subject: 'usr_1' }, 'usr_9', 'subject.request')).length).toBe(200);
    expect((await store.query('select 1 from data_key where org = $1', [org])).length).toBe(1);
    expect((await erasures()).map((detail) => (detail as { digests: string[] }).digests.length)).toEqual([90, 90, 20]);
    expect(await payloads.payload(org, other.digest)).toMatchObject({ state: 'present' });
  });

  test('a node that still holds a destroyed key writes with a new one', async () => {
    const elsewhere = open();
    await write([draft('before')], elsewhere);
    await payloads.erase(org, { subject: 'usr_1' }, 'usr_9', 'subject.request');
    const after = draft('after');
    await write([after], elsewhere);
    expect(await payloads.payload(org, after.digest)).toMatchObject({ state: 'present' });
  });

  test('retention deletes what is past its time, and a legal hold wins', async () => {
    const past = new Date(Date.now() - 1_000).toISOString();
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const due = draft('due', { retainUntil: past });
    const held = draft('held', { retainUntil: past, subject: 'usr_held' });
    const later = draft('later', { retainUntil: future });
    await write([due, held, later, draft('for ever')]);
    await payloads.hold(org, 'usr_held', 'case 12', 'usr_9');
    expect(await payloads.sweep()).toBe(1);
    expect(await payloads.sweep()).toBe(0);
    expect(await payloads.payload(org, due.digest)).toEqual({ state: 'erased' });
    expect(await payloads.payload(org, held.digest)).toMatchObject({ state: 'present' });
    expect(await erasures()).toEqual([{ digests: [due.digest], code: 'retention' }]);
    await expect(payloads.erase(org, { subject: 'usr_held' }, 'usr_9', 'x')).rejects.toMatchObject({ code: 'request.conflict' });
    await expect(payloads.erase(org, { digests: [due.digest, held.digest] }, 'usr_9', 'x')).rejects.toMatchObject({
      code: 'request.conflict',
    });
    expect(await payloads.lift(org, 'usr_held')).toBe(true);
    expect(await payloads.sweep()).toBe(1);
  });

  test('free text is no reason', async () => {
    await expect(payloads.erase(org, { subject: 'x' }, 'usr_9', 'because Jane Doe asked')).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  test.each(['delete from payload', 'delete from data_key', 'update payload set cipher = cipher', 'delete from payload_erased'])(
    'the doors themselves may not: %s',
    async (sql) => {
      await expect(store.query(sql)).rejects.toMatchObject({ code: 'store.unsafe' });
    },
  );
});

test('a master key that others can read, or that is none, is refused', () => {
  const path = join(dir, 'other.key');
  loadMasterKey(path);
  chmodSync(path, 0o644);
  expect(() => loadMasterKey(path)).toThrow(/can be read by others/);
  writeFileSync(join(dir, 'bad.key'), 'abc', { mode: 0o600 });
  expect(() => loadMasterKey(join(dir, 'bad.key'))).toThrow(/not 32 bytes/);
});
