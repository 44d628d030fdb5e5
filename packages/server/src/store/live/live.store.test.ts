import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { newId, systemClock } from '../../adapters/system/clock.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import type { Mandate, SignedMandate } from '../../ports/mandate.ts';
import { PostgresBundles } from '../bundle/index.ts';
import { PostgresIdentity } from '../identity/index.ts';
import { PostgresMandates } from '../mandate/index.ts';
import { entriesOf, inMinutes, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { PostgresLive } from './index.ts';

let db: FreshDatabase;
let here: Rig;
let there: Rig;
let identity: PostgresIdentity;
let mandates: PostgresMandates;
let live: PostgresLive;

const view = (rig: Rig, more: { spans?: () => number; org?: string } = {}) =>
  new PostgresLive({
    store: rig.store,
    org: ORG,
    clock: systemClock,
    log: silentLog,
    verify: ({ signature }) => signature === 'good',
    ...more,
  });

beforeAll(async () => {
  db = await freshDatabase();
  here = await openRig(db.connection);
  there = await openRig(db.connection);
  identity = new PostgresIdentity(here);
  mandates = new PostgresMandates(here);
  live = view(there);
  await live.start();
});
afterAll(async () => {
  live.stop();
  await here.close();
  await there.close();
  await db.drop();
});

const credential = (more: Partial<CredentialRecord> = {}): CredentialRecord => ({
  id: newId('crd'),
  org: ORG,
  kind: 'agent',
  subject: 'fixer',
  secretHash: 'ab'.repeat(32),
  mandate: null,
  onBehalfOf: null,
  createdAt: '2026-11-20T10:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  ...more,
});

const signed = (more: Partial<Mandate> = {}, signature = 'good'): SignedMandate => ({
  signature,
  keyId: 'key_1',
  mandate: {
    id: newId('mdt'),
    org: ORG,
    task: 'tsk_1',
    agent: 'fixer',
    role: 'editor',
    onBehalfOf: 'ana@example.com',
    ticket: 'PAY-1',
    repository: 'acme/pay',
    paths: ['src/**'],
    capabilities: ['code.write'],
    actions: ['model.call'],
    useCase: 'fix',
    environment: 'dev',
    dataClass: 'internal',
    budgetMicroUsd: 1_000,
    issuedAt: '2026-11-20T10:00:00.000Z',
    expiresAt: inMinutes(10),
    revision: 'rev',
    decision: 'dec_1',
    ...more,
  },
});

/** Milliseconds until `seen` holds, at most 3 s. */
async function until(seen: () => Promise<boolean> | boolean): Promise<number> {
  const start = performance.now();
  while (!(await seen())) {
    if (performance.now() - start > 3_000) return Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}

describe('what is issued works at once on another node, and what is revoked stops within two seconds', () => {
  test('credentials', async () => {
    const record = credential();
    expect(await live.credential(record.id)).toBeUndefined();
    await identity.issue(record, 'usr_admin');
    expect(await until(async () => (await live.credential(record.id)) !== undefined)).toBeLessThan(2_000);
    expect(await live.credential(record.id)).toEqual(record);
    expect(live.credential(record.id)).not.toBeInstanceOf(Promise);
    const revoked = await identity.revoke(ORG, record.id, 'usr_admin', 'lost');
    expect(await until(async () => (await live.credential(record.id))?.revokedAt !== null)).toBeLessThan(2_000);
    expect(await live.credential(record.id)).toEqual(revoked);
    expect(await identity.revoke(ORG, record.id, 'usr_other', 'again')).toEqual(revoked);
    expect(await identity.credentials(ORG, 'fixer')).toEqual([revoked]);
    const told = (await entriesOf(here.store)).filter(
      (entry) => entry.type === 'credential.issued' || entry.type === 'credential.revoked',
    );
    expect(told.map(({ type }) => type)).toEqual(['credential.issued', 'credential.revoked']);
    await identity.issue(record, 'usr_admin');
    await expect(identity.issue({ ...record, secretHash: 'cd'.repeat(32) }, 'usr_admin')).rejects.toThrow(
      expect.objectContaining({ code: 'request.conflict' }),
    );
    await expect(identity.revoke(ORG, 'crd_none', 'usr_admin', 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'request.not-found' }),
    );
  });

  test('mandates, with their entries', async () => {
    const one = signed();
    await mandates.insert(one);
    await mandates.insert(one);
    const { id } = one.mandate;
    expect(await live.mandate(id)).toEqual({ ok: true, mandate: one.mandate });
    expect(await mandates.find(ORG, id)).toEqual({ signed: one, state: 'active' });
    await identity.revokeMandate(ORG, id, 'usr_admin', 'stop');
    await identity.revokeMandate(ORG, id, 'usr_admin', 'stop');
    expect(await until(async () => !(await live.mandate(id)).ok)).toBeLessThan(2_000);
    expect(await live.mandate(id)).toEqual({ ok: false, why: 'revoked' });
    const entries = await entriesOf(here.store);
    expect(ofType(entries, 'task.admitted')).toMatchObject([
      { mandate: id, principal: 'fixer', onBehalfOf: 'ana%40example.com' },
    ]);
    expect(ofType(entries, 'mandate.revoked')).toHaveLength(1);
    await expect(mandates.insert({ ...one, signature: 'other' })).rejects.toThrow(
      expect.objectContaining({ code: 'request.conflict' }),
    );
  });

  test('kill switches for an agent, a team and all', async () => {
    const at = '2026-11-20T10:00:00.000Z';
    const kill = (target: { kind: 'all' } | { kind: 'team' | 'agent'; id: string }) => ({
      target,
      reason: 'r\u0000',
      setBy: 'usr_admin',
      setAt: at,
    });
    for (const [target, agent, team] of [
      [{ kind: 'agent', id: 'a1' }, 'a1', 't9'],
      [{ kind: 'team', id: 't1' }, 'a9', 't1'],
      [{ kind: 'all' }, 'a9', 't9'],
    ] as const) {
      expect(live.killed(agent, team)).toBeUndefined();
      await identity.setKill(ORG, kill(target));
      await identity.setKill(ORG, kill(target));
      expect(await until(() => live.killed(agent, team) !== undefined)).toBeLessThan(2_000);
      expect(live.killed(agent, team)).toEqual(kill(target));
      if (target.kind !== 'all') expect(live.killed('a8', 't8')).toBeUndefined();
      await identity.clearKill(ORG, target, 'usr_admin', 'over');
      await identity.clearKill(ORG, target, 'usr_admin', 'over');
      expect(await until(() => live.killed(agent, team) === undefined)).toBeLessThan(2_000);
    }
    expect(await identity.kills(ORG)).toEqual([]);
    const entries = await entriesOf(here.store);
    expect([ofType(entries, 'kill.set').length, ofType(entries, 'kill.cleared').length]).toEqual([3, 3]);
  });

  test('break-glass, reviewed by somebody else, once', async () => {
    const draft = {
      id: newId('bgl'),
      org: ORG,
      openedBy: 'usr_1',
      reason: 'fire',
      agent: 'a1',
      mandate: null,
      gates: ['dba'],
      expiresAt: inMinutes(1),
    };
    const opened = await identity.openBreakGlass(draft);
    expect(await identity.openBreakGlass(draft)).toEqual(opened);
    expect(await until(() => live.breakGlass('a1', 'mdt_1') !== undefined)).toBeLessThan(2_000);
    expect([live.breakGlass('a1', null), live.breakGlass('a2', null)]).toEqual([opened, undefined]);
    const review = { by: 'usr_2', verdict: 'justified', note: 'it burned' } as const;
    await expect(identity.reviewBreakGlass(ORG, draft.id, { ...review, by: 'usr_1' })).rejects.toThrow(
      expect.objectContaining({ code: 'approval.forbidden' }),
    );
    const reviewed = await identity.reviewBreakGlass(ORG, draft.id, review);
    expect(reviewed).toEqual({ ...opened, review: { ...review, at: expect.any(String) } });
    expect(await identity.reviewBreakGlass(ORG, draft.id, review)).toEqual(reviewed);
    await expect(identity.reviewBreakGlass(ORG, draft.id, { ...review, by: 'usr_3' })).rejects.toThrow(
      expect.objectContaining({ code: 'approval.closed' }),
    );
    expect(await identity.breakGlasses(ORG)).toEqual([reviewed]);
  });
});

describe('a view', () => {
  test('that could not look for too long is not fresh', async () => {
    let now = 0;
    const own = view(there, { spans: () => now });
    expect(own.fresh()).toBe(false);
    await own.poll();
    now = 1_499;
    expect(own.fresh()).toBe(true);
    now = 1_500;
    expect(own.fresh()).toBe(false);
  });

  test.each([
    ['unsigned', signed({}, 'bad'), 'invalid'],
    ['expired', signed({ expiresAt: inMinutes(-1) }), 'expired'],
    ['of another organisation', signed({ org: 'org_other' }), 'missing'],
    ['with a time that is none', signed({ id: 'mdt_odd' }), 'expired'],
  ] as const)('refuses a mandate: %s', async (name, one, why) => {
    await mandates.insert(one);
    if (name.includes('time'))
      await here.store.query(`update mandate set body = replace(body, $1, 'soon') where id = 'mdt_odd'`, [one.mandate.expiresAt]);
    expect(await live.mandate(one.mandate.id)).toEqual({ ok: false, why });
  });

  test('takes a row that was tampered with as one bad mandate, nothing more', async () => {
    const one = signed();
    const two = signed();
    await mandates.insert(one);
    await mandates.insert(two);
    await here.store.query(`update mandate set body = '{' where id = $1`, [one.mandate.id]);
    await here.store.query('update mandate set body = $2 where id = $1', [
      two.mandate.id,
      JSON.stringify({ ...two.mandate, id: 'mdt_x' }),
    ]);
    expect([await live.mandate(one.mandate.id), await live.mandate(two.mandate.id)]).toEqual([
      { ok: false, why: 'invalid' },
      { ok: false, why: 'invalid' },
    ]);
    await live.poll();
    expect(live.fresh()).toBe(true);
  });

  test('asks once for an id that many want, and not again for a moment when there is none', async () => {
    const own = view(there);
    const asked = [own.credential('crd_x'), own.credential('crd_x')];
    expect(asked[0]).toBe(asked[1]);
    expect([await asked[0], await asked[1]]).toEqual([undefined, undefined]);
    expect(own.credential('crd_x')).toBeUndefined();
  });

  test('bounds how many unknown ids are looked up at once', async () => {
    const own = view(there);
    const asked = await Promise.allSettled(
      Array.from({ length: 500 }, (_, at) => Promise.resolve(own.credential(`crd_guess${at}`))),
    );
    expect(new Set(asked.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'none')))).toEqual(
      new Set(['none', 'store.busy']),
    );
  });
});

describe('bundles', () => {
  test('are saved once, switched by compare-and-swap, and followed by every node', async () => {
    const bundles = new PostgresBundles(here);
    const seen: (string | undefined)[] = [];
    const stop = live.onRevision((revision) => seen.push(revision));
    const bundle = (revision: string) => ({
      org: ORG,
      revision: revision.repeat(64),
      archive: new Uint8Array([0, 1, 255]),
      signature: 'sig',
      keyId: 'key_1',
      createdAt: '2026-11-20T10:00:00.000Z',
    });
    const [a, b] = [bundle('a'), bundle('b')];
    for (const one of [a, b, a]) await bundles.save(one);
    expect(await bundles.find(ORG, a.revision)).toMatchObject({ ...a, archive: expect.anything() });
    expect([...((await bundles.find(ORG, a.revision))?.archive ?? [])]).toEqual([0, 1, 255]);
    const stale = expect.objectContaining({ code: 'bundle.stale' });
    const to = (revision: string, expectRevision: string | null) =>
      bundles.activate(ORG, revision, { expect: expectRevision, by: 'usr_admin', detail: { files: 3 } });
    await expect(to('c'.repeat(64), null)).rejects.toThrow(expect.objectContaining({ code: 'request.not-found' }));
    await expect(to(a.revision, b.revision)).rejects.toThrow(stale);
    const raced = await Promise.allSettled([to(a.revision, null), to(a.revision, null), to(b.revision, null)]);
    expect(raced.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const first = await bundles.activeRevision(ORG);
    const next = first === a.revision ? b.revision : a.revision;
    await expect(to(next, null)).rejects.toThrow(stale);
    expect(await until(() => seen.includes(first))).toBeLessThan(2_000);
    await to(next, first ?? null);
    expect(await until(() => seen.includes(next))).toBeLessThan(2_000);
    stop();
    expect((await bundles.history(ORG, 10)).map(({ revision, by }) => [revision, by])).toEqual([
      [next, 'usr_admin'],
      [first, 'usr_admin'],
    ]);
    expect(ofType(await entriesOf(here.store), 'bundle.applied').map(({ detail }) => detail.revision)).toEqual([first, next]);
  });
});
