import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { hexEncode, parseProofFile, payloadDigest, utf8Encode } from '@countersign/kernel/ledger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft, outcomeDraft, silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import { startIntegrator } from '../../jobs/integrator.ts';
import type { LedgerIntegration, LogKey, PayloadReader, PublishedCheckpoints } from '../../ports/ledger.ts';
import { verifyExport } from '../../verify/export.ts';
import { withClient } from '../embedded/index.ts';
import { loadMasterKey, openPayloads } from '../payload/index.ts';
import { openStore, type Store } from '../postgres/index.ts';
import {
  admitLog,
  type LedgerWriter,
  loadLogKey,
  openIntegration,
  openLedger,
  openReader,
  publishedIn,
  sha256,
  writeExport,
} from './index.ts';

let database: FreshDatabase;
let store: Store;
let dir: string;
let key: LogKey;
let published: PublishedCheckpoints;
let ledger: LedgerWriter;
let org = '';
let round = 0;

const newWriter = (): LedgerWriter =>
  openLedger({ store, clock: systemClock, newEntryId, node: newId('nod'), admit: admitLog({ store, key, published }) });
const newIntegration = (leaseMs?: number): LedgerIntegration =>
  openIntegration({
    store,
    key,
    published,
    admit: admitLog({ store, key, published }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
const plant = (sql: string, values: unknown[] = [org]) => withClient(database.superuser, (client) => client.query(sql, values));

async function fill(count: number, writer = ledger): Promise<void> {
  for (let at = 0; at < count; at += 200) {
    await writer.append(Array.from({ length: Math.min(200, count - at) }, () => decisionDraft(org)));
  }
}

async function exported(): Promise<string> {
  const to = join(dir, `export-${randomBytes(4).toString('hex')}`);
  await writeExport(to, { store, key }, { org });
  return to;
}

beforeAll(async () => {
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), 'ledger-'));
  key = loadLogKey(join(dir, 'log.key'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});
beforeEach(async () => {
  org = `acme-${round++}`;
  published = publishedIn(join(dir, `published-${round}`));
  store = await openStore({ connection: database.connection, log: silentLog });
  ledger = newWriter();
});
afterEach(() => store.close());

describe('checkpoints', () => {
  test('every export of a growing log verifies, and each goes on from the one before', async () => {
    const integration = newIntegration();
    let since: Uint8Array | undefined;
    for (const count of [0, 1, 254, 1, 300, 5_000]) {
      await fill(count);
      if (count === 0) {
        expect(await integration.step(org, 0)).toMatchObject({ state: 'ours', size: 0, signed: 0 });
        continue;
      }
      let done = await integration.step(org, 0);
      while (done.state === 'ours' && done.behind > 0) done = await integration.step(org, 0);
      expect(done).toMatchObject({ state: 'ours', behind: 0 });
      const at = await exported();
      const report = await verifyExport(at, { vkey: key.vkey(org), ...(since === undefined ? {} : { since }) });
      expect(report).toMatchObject({ ok: true, size: done.state === 'ours' ? done.signed : -1 });
      since = readFileSync(join(at, 'checkpoint'));
    }
  });

  test('none is signed while nothing new came, nor before its time', async () => {
    const integration = newIntegration();
    await fill(3);
    await integration.step(org, 0);
    const first = await openReader(store, key, org).checkpoint(org);
    await integration.step(org, 0);
    await fill(1);
    await integration.step(org, 60_000);
    expect(await openReader(store, key, org).checkpoint(org)).toBe(first);
    expect(await integration.step(org, 0)).toMatchObject({ size: 5, signed: 5 });
  });

  test('a quiet log costs a transaction only when its lease has to be prolonged', async () => {
    const leaseOf = async () =>
      (await store.query<{ until: Date }>('select until from log_integration where org = $1', [org]))[0]?.until.getTime() ?? 0;
    const integration = newIntegration(1_500);
    await fill(3);
    await integration.step(org, 0);
    const before = await leaseOf();
    for (let round = 0; round < 5; round++) expect(await integration.step(org, 0)).toMatchObject({ state: 'ours', behind: 0 });
    expect(await leaseOf()).toBe(before);
    await expect
      .poll(
        async () => {
          await integration.step(org, 0);
          return leaseOf();
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(before);
    await fill(1);
    expect(await integration.step(org, 0)).toMatchObject({ size: 5, signed: 5 });
  });

  test('the loop signs within about a second, the last entries of a quiet hour included', async () => {
    const integrator = startIntegrator({ integration: newIntegration(), log: silentLog });
    await fill(10);
    const reader = openReader(store, key, org);
    const start = performance.now();
    while ((await reader.checkpoint(org)) === undefined && performance.now() - start < 10_000)
      await new Promise((r) => setTimeout(r, 20));
    await fill(1);
    await integrator.settle(org);
    expect((await reader.checkpoint(org))?.split('\n')[1]).toBe('12');
    await integrator.stop();
  });

  test('proofs hold for every entry, by what the file itself says and the published root', async () => {
    await fill(700);
    await newIntegration().step(org, 0);
    const reader = openReader(store, key, org);
    for (const seq of [0, 1, 255, 256, 511, 512, 699, 700]) {
      const proof = parseProofFile(utf8Encode(await reader.prove(org, seq)));
      expect(proof.index).toBe(seq);
      expect(key.open(org, proof.checkpoint).size).toBe(701);
    }
    await expect(reader.prove(org, 701)).rejects.toMatchObject({ code: 'ledger.not-found' });
    await expect(reader.prove('nobody', 0)).rejects.toMatchObject({ code: 'ledger.not-found' });
  });
});

describe('one integrator a log', () => {
  test('two with one lease: one works, and the other goes on when the lease is given back', async () => {
    const [first, second] = [newIntegration(), newIntegration()];
    await fill(300);
    expect(await first.step(org, 0)).toMatchObject({ state: 'ours' });
    expect(await second.step(org, 0)).toEqual({ state: 'elsewhere' });
    await first.release();
    await fill(300);
    expect(await second.step(org, 0)).toMatchObject({ state: 'ours', size: 601, signed: 601 });
    expect((await verifyExport(await exported(), { vkey: key.vkey(org) })).ok).toBe(true);
  });

  test('one that slept through its lease changes nothing when it wakes', async () => {
    const [sleeper, other] = [newIntegration(50), newIntegration()];
    await fill(10);
    await sleeper.step(org, 0);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await fill(10);
    await other.step(org, 0);
    await fill(10);
    expect(await sleeper.step(org, 0)).toEqual({ state: 'elsewhere' });
    expect(await other.step(org, 0)).toMatchObject({ state: 'ours', signed: 31 });
  });

  test('many at once sign one history', async () => {
    const integrations = Array.from({ length: 4 }, () => newIntegration(30));
    for (let i = 0; i < 12; i++) {
      await fill(50);
      await Promise.all(integrations.map((each) => each.step(org, 0).catch(() => undefined)));
      await new Promise((resolve) => setTimeout(resolve, i % 3 === 0 ? 40 : 5));
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
    const last = newIntegration();
    await last.step(org, 0);
    expect((await verifyExport(await exported(), { vkey: key.vkey(org) })).ok).toBe(true);
  });
});

describe('what stops a log', () => {
  test.each([
    ['a changed body', `update audit_entry set body = set_byte(body, 50, get_byte(body, 50) # 1) where org = $1 and seq = 5`],
    [
      'a changed body with its leaf made to fit',
      `update audit_entry set body = body || ' '::bytea, leaf = sha256('\\x00'::bytea || body || ' '::bytea) where org = $1 and seq = 2`,
    ],
    ['a removed entry', 'delete from audit_entry where org = $1 and seq = 7'],
    ['a changed tile', `update log_tile set bytes = set_byte(bytes, 3, get_byte(bytes, 3) # 1) where org = $1 and width < 256`],
    ['a checkpoint by another key', `update log_checkpoint set note = replace(note, '—', '— x') where org = $1`],
  ])('%s: nothing more is signed', async (name, sql) => {
    await fill(4);
    await newIntegration()
      .step(org, 0)
      .then(() => undefined);
    await plant(`update log_integration set until = clock_timestamp() - interval '1 s' where org = $1`);
    await fill(10);
    const before = await openReader(store, key, org).checkpoint(org);
    await plant(sql);
    const integration = newIntegration();
    const step = integration.step(org, 0);
    if (name === 'a changed body with its leaf made to fit') {
      // Below the signed size: only an export or a verifier reads those bodies again.
      await step;
      await expect(exported()).rejects.toMatchObject({ code: 'ledger.corrupt' });
      return;
    }
    await expect(step).rejects.toMatchObject({ code: 'ledger.corrupt' });
    await expect(integration.step(org, 0)).rejects.toMatchObject({ code: 'ledger.corrupt' });
    if (name !== 'a checkpoint by another key') expect(await openReader(store, key, org).checkpoint(org)).toBe(before);
  });

  test('a database restored behind its published checkpoint takes no entry and signs nothing', async () => {
    await fill(20);
    await newIntegration().step(org, 0);
    const [base] = await store.query<{ size: number }>('select size from log_head where org = $1', [org]);
    for (const table of ['audit_entry']) await plant(`delete from ${table} where org = $1 and seq >= 10`);
    await plant('delete from log_checkpoint where org = $1');
    await plant('delete from log_tile where org = $1');
    await plant('delete from log_integration where org = $1');
    await plant('update log_head set size = 10 where org = $1');
    expect(base?.size).toBe(21);
    await expect(newWriter().append([decisionDraft(org)])).rejects.toMatchObject({ code: 'ledger.corrupt' });
    await expect(newIntegration().step(org, 0)).rejects.toMatchObject({ code: 'ledger.corrupt' });
  });

  test('a database that grew past its published checkpoint with other entries is found out', async () => {
    await fill(20);
    await newIntegration().step(org, 0);
    for (const table of ['audit_entry', 'audit_batch', 'log_checkpoint', 'log_tile', 'log_integration', 'log_head'])
      await plant(`delete from ${table} where org = $1`);
    const fork = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') });
    await fill(40, fork);
    await expect(newWriter().append([decisionDraft(org)])).rejects.toMatchObject({ code: 'ledger.corrupt' });
    await expect(newIntegration().step(org, 0)).rejects.toMatchObject({ code: 'ledger.corrupt' });
  });

  test('another log key than the one that signed', async () => {
    await fill(5);
    await newIntegration().step(org, 0);
    const other = loadLogKey(join(dir, 'other.key'));
    await expect(admitLog({ store, key: other, published })(org)).rejects.toMatchObject({ code: 'ledger.corrupt' });
  });
});

describe('exports', () => {
  test('payloads go along, erased ones are accounted for', async () => {
    const payloads = openPayloads({
      store,
      ledger,
      wrapper: loadMasterKey(join(dir, 'master.key')),
      clock: systemClock,
      newEntryId,
    });
    const drafts = ['one', 'two', 'three'].map((text) => {
      const blind = randomBytes(32);
      const bytes = Buffer.from(text);
      return {
        kind: 'request',
        class: 'internal' as const,
        bytes,
        blind,
        digest: payloadDigest(blind, bytes, sha256),
        subject: 'usr_1',
        retainUntil: null,
      };
    });
    await store.tx(async (tx) => {
      await payloads.insert(tx, org, drafts);
      const named = drafts.map(({ digest, bytes, kind }) => ({ digest, bytes: bytes.length, class: 'internal', kind }));
      await ledger.appendInTx(tx, org, [{ ...decisionDraft(org), payloads: named }]);
    });
    await payloads.erase(org, { digests: [drafts[0]?.digest ?? ''] }, 'usr_9', 'subject.request');
    const integration = newIntegration();
    await integration.step(org, 0);
    const to = join(dir, `with-payloads-${round}`);
    expect(await writeExport(to, { store, key }, { org, payloads })).toMatchObject({ payloads: 2 });
    const report = await verifyExport(to, { vkey: key.vkey(org) });
    expect(report.levels.flatMap(({ findings }) => findings)).toEqual([]);
    expect(report.ok).toBe(true);
    // One that is erased while an export is written: its erasure stands behind the checkpoint that the export began with.
    let asked = 0;
    const racing: PayloadReader = {
      payload: async (of, digest) => {
        if (asked++ === 0) {
          await payloads.erase(org, { digests: [drafts[1]?.digest ?? ''] }, 'usr_9', 'subject.request');
          await integration.step(org, 0);
        }
        return payloads.payload(of, digest);
      },
    };
    const again = join(dir, `while-erasing-${round}`);
    expect(await writeExport(again, { store, key }, { org, payloads: racing })).toMatchObject({ payloads: 1 });
    const after = await verifyExport(again, { vkey: key.vkey(org) });
    expect(after.levels.flatMap(({ findings }) => findings)).toEqual([]);
  });

  test('an export from an index on leaves out whole bundles before it, and verifies for who asks for that', async () => {
    await fill(600);
    await newIntegration().step(org, 0);
    const to = join(dir, `range-${round}`);
    expect(await writeExport(to, { store, key }, { org, from: 300 })).toMatchObject({ size: 601, bundles: 2 });
    expect((await verifyExport(to, { vkey: key.vkey(org) })).ok).toBe(false);
    const report = await verifyExport(to, { vkey: key.vkey(org), from: 300 });
    expect(report.levels.flatMap(({ findings }) => findings)).toEqual([]);
    expect([report.ok, report.levels[2]?.counts]).toEqual([true, { entries: 345 }]);
    await expect(writeExport(join(dir, 'far'), { store, key }, { org, from: 601 })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  test('what was committed just now is proven and exported: its checkpoint is waited for', async () => {
    await fill(3);
    const reader = openReader(store, key, org);
    const waiting = Promise.all([reader.prove(org, 3), exported()]);
    await newIntegration().step(org, 0);
    const [proof, to] = await waiting;
    expect(proof).toContain('\nindex 3\n');
    expect(await verifyExport(to, { vkey: key.vkey(org) })).toMatchObject({ ok: true, size: 4 });
  });

  test('a directory that holds something is left alone, and a log without checkpoint says so', async () => {
    await fill(1);
    await expect(writeExport(join(dir, 'none'), { store, key }, { org })).rejects.toMatchObject({ code: 'ledger.not-found' });
    await newIntegration().step(org, 0);
    await expect(writeExport(dir, { store, key }, { org })).rejects.toMatchObject({ code: 'request.conflict' });
  });

  test('a changed export is found out', async () => {
    await fill(300);
    await newIntegration().step(org, 0);
    const at = await exported();
    const copy = `${at}-changed`;
    cpSync(at, copy, { recursive: true });
    rmSync(join(copy, 'tile/entries/001.p/45'));
    expect((await verifyExport(at, { vkey: key.vkey(org) })).ok).toBe(true);
    expect((await verifyExport(copy, { vkey: key.vkey(org) })).ok).toBe(false);
  });
});

test('outcomes follow their decisions in what is exported', async () => {
  const draft = decisionDraft(org);
  await ledger.append([draft]);
  await ledger.append([
    { ...outcomeDraft(org, draft.decision.id), ...(draft.grant === undefined ? {} : { grant: draft.grant }) },
  ]);
  await newIntegration().step(org, 0);
  const report = await verifyExport(await exported(), { vkey: key.vkey(org) });
  expect(report.levels.flatMap(({ findings }) => findings)).toEqual([]);
  expect(hexEncode(Buffer.from(report.root ?? '', 'hex'))).toHaveLength(64);
});
