import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft } from '../../../../../tests/support/ledger.ts';
import { newId } from '../../adapters/system/clock.ts';
import type { ApprovalDraft, VerdictDraft } from '../../ports/approvals.ts';
import { openOutbox } from '../outbox/index.ts';
import { ask, entriesOf, inMinutes, line, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { PostgresApprovals, sweepApprovals } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let other: Rig;
let approvals: PostgresApprovals;
let elsewhere: PostgresApprovals;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  other = await openRig(db.connection);
  approvals = new PostgresApprovals(rig);
  elsewhere = new PostgresApprovals(other);
});
afterAll(async () => {
  await rig.close();
  await other.close();
  await db.drop();
});

const hex = (n: number): string => n.toString(16).padStart(64, '0');
let serial = 0;
const REVISION = hex(1);
const SHOWN = hex(2);

const draft = (more: Partial<ApprovalDraft> = {}): ApprovalDraft => ({
  id: newId('apr'),
  org: ORG,
  decision: newId('dec'),
  requestDigest: hex(1_000 + serial++),
  shownDigest: SHOWN,
  revision: REVISION,
  requester: 'agent-fixer',
  onBehalfOf: 'usr_ana',
  mandate: null,
  task: 'tsk_1',
  action: 'model.call',
  actionClass: 'mutate-high',
  gates: [{ gate: 'code-owner', approvers: 'team:platform', min: 1, policies: ['gate.owner'] }],
  shown: { what: 'delete \u0000 \ud800 everything' },
  expiresAt: inMinutes(10),
  ...more,
});

const yes = (approval: string, more: Partial<VerdictDraft> = {}): VerdictDraft => ({
  org: ORG,
  approval,
  approver: 'usr_ben',
  groups: ['team:platform'],
  answer: 'approve',
  reason: 'looks right',
  shownDigest: SHOWN,
  ...more,
});

const fault = (code: string) => expect.objectContaining({ name: 'Fault', code });

describe('opening', () => {
  test('gives one standing request for the same thing, however many ask at once, with one entry and one message', async () => {
    const base = draft();
    const again = Array.from({ length: 8 }, (_, at) => ({ ...base, id: newId('apr'), at }));
    const opened = await Promise.all(again.map(({ at, ...one }) => (at % 2 === 0 ? approvals : elsewhere).open(one)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    const { id } = opened[0] as { id: string };
    expect(await elsewhere.find(ORG, id)).toEqual({
      ...base,
      id,
      state: 'open',
      usedBy: null,
      verdicts: [],
      openedAt: expect.any(String),
    });
    expect(ofType(await entriesOf(rig.store), 'approval.requested').filter((entry) => entry.approval === id)).toHaveLength(1);
    const claimed = await openOutbox(rig.store).claimOutbox(100);
    expect(claimed.filter(({ kind, body }) => kind === 'approval.requested' && body['approval'] === id)).toHaveLength(1);
    expect((await approvals.open({ ...base, id: newId('apr'), mandate: 'mdt_1' })).id).not.toBe(id);
  });

  test('replaces one that has expired', async () => {
    const base = draft({ expiresAt: inMinutes(-1) });
    const first = await approvals.open(base);
    const second = await approvals.open({ ...base, id: newId('apr'), expiresAt: inMinutes(5) });
    expect(second).toMatchObject({ state: 'open' });
    expect([second.id === first.id, (await approvals.find(ORG, first.id))?.state]).toEqual([false, 'expired']);
  });
});

describe('a verdict', () => {
  const dual = {
    gates: [
      { gate: 'code-owner', approvers: 'team:platform', min: 2, policies: [] },
      { gate: 'dba', approvers: 'group:dba', min: 1, policies: [] },
    ],
  };
  const refusals: readonly (readonly [string, Partial<ApprovalDraft>, Partial<VerdictDraft>, string])[] = [
    ['the requester', { requester: 'usr_ben' }, {}, 'approval.forbidden'],
    ['the person it is for', { onBehalfOf: 'usr_ben' }, {}, 'approval.forbidden'],
    ['somebody of no group', {}, { groups: [] }, 'approval.forbidden'],
    ['somebody of another group', {}, { groups: ['team:payments', 'code-owner'] }, 'approval.forbidden'],
    ['who saw something else', {}, { shownDigest: hex(3) }, 'approval.stale'],
    ['after its time', { expiresAt: inMinutes(-1) }, {}, 'approval.closed'],
    ['about a request of another organisation', {}, { org: 'org_other' }, 'request.not-found'],
    ['about no request', {}, { approval: 'apr_none' }, 'request.not-found'],
    ['without any gate', { gates: [] }, {}, 'approval.forbidden'],
  ];
  test.each(refusals)('is refused: %s', async (_, request, verdict, code) => {
    const { id } = await approvals.open(draft(request));
    await expect(approvals.decide(yes(id, verdict))).rejects.toThrow(fault(code));
    await expect(approvals.decide(yes(id, { ...verdict, answer: 'deny' }))).rejects.toThrow(fault(code));
    const after = await approvals.find(ORG, id);
    expect(after).toMatchObject({ verdicts: [] });
    expect(['open', 'expired']).toContain(after?.state);
  });

  test('counts distinct persons for every gate, on whatever node they answer', async () => {
    const { id } = await approvals.open(draft(dual));
    const states = [];
    for (const [store, approver, groups] of [
      [approvals, 'usr_1', ['team:platform']],
      [elsewhere, 'usr_1', ['team:platform', 'group:dba']],
      [elsewhere, 'usr_2', ['team:platform']],
      [approvals, 'usr_3', ['group:dba']],
    ] as const) {
      states.push((await store.decide(yes(id, { approver, groups }))).state);
    }
    expect(states).toEqual(['open', 'open', 'open', 'approved']);
    const told = ofType(await entriesOf(rig.store), 'approval.decided').filter((entry) => entry.approval === id);
    expect(told.map(({ detail: { by, state } }) => [by, state])).toEqual([
      ['usr_1', 'open'],
      ['usr_2', 'open'],
      ['usr_3', 'approved'],
    ]);
    expect(told.some(({ principal }) => principal !== 'agent-fixer')).toBe(false);
  });

  test('for no ends it; later ones are too late, and the same one again is the same answer', async () => {
    const { id } = await approvals.open(draft(dual));
    const no = yes(id, { approver: 'usr_1', answer: 'deny', reason: 'no\u0000' });
    const denied = await approvals.decide(no);
    expect(denied).toMatchObject({
      state: 'denied',
      verdicts: [{ approver: 'usr_1', answer: 'deny', gate: 'code-owner', reason: 'no\u0000' }],
    });
    expect(await elsewhere.decide(no)).toEqual(denied);
    await expect(approvals.decide({ ...no, answer: 'approve' })).rejects.toThrow(fault('approval.closed'));
    await expect(approvals.decide(yes(id, { approver: 'usr_2' }))).rejects.toThrow(fault('approval.closed'));
  });

  test('of many at once is counted once each', async () => {
    const { id } = await approvals.open(
      draft({ gates: [{ gate: 'code-owner', approvers: 'team:platform', min: 12, policies: [] }] }),
    );
    const many = Array.from({ length: 24 }, (_, at) => yes(id, { approver: `usr_${at % 12}` }));
    const states = await Promise.all(many.map((verdict, at) => (at % 2 === 0 ? approvals : elsewhere).decide(verdict)));
    expect((await approvals.find(ORG, id))?.verdicts).toHaveLength(12);
    expect(states.some(({ state }) => state === 'approved')).toBe(true);
    expect(ofType(await entriesOf(rig.store), 'approval.decided').filter((entry) => entry.approval === id)).toHaveLength(12);
  });

  test('on a request of another revision than the one in force lapses it', async () => {
    const { id } = await approvals.open(draft({ org: 'org_rev' }));
    await rig.store.query(`insert into bundle_active (org, revision) values ('org_rev', $1)`, [hex(77)]);
    await expect(approvals.decide(yes(id, { org: 'org_rev' }))).rejects.toThrow(fault('approval.closed'));
    expect((await approvals.find('org_rev', id))?.state).toBe('lapsed');
  });
});

describe('a use', () => {
  const approved = async (more: Partial<ApprovalDraft> = {}) => {
    const { id } = await approvals.open(draft(more));
    await approvals.decide(yes(id));
    return id;
  };
  const use = (road: Rig['road'], id: string, scope: string) => {
    const key = newId('dec');
    const record = () => ({ entries: [decisionDraft(ORG, key)], payloads: [] });
    return road.decide(ask({ key, lines: [line(scope, 1_000_000)], want: { microUsd: 10 }, approvals: [id], record }));
  };

  test('of one approval by 50 callers on two nodes is one act', async () => {
    const id = await approved();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, at) => use(at % 2 === 0 ? rig.road : other.road, id, 'team:use')),
    );
    expect(results.filter(({ approvalsHeld }) => approvalsHeld)).toHaveLength(1);
    expect(results.filter(({ reserve }) => reserve !== undefined)).toHaveLength(1);
    const [row] = await rig.store.query<{ reserved: number }>(`select reserved from budget where line like '%team:use'`);
    expect(row?.reserved).toBe(10);
    expect(await approvals.find(ORG, id)).toMatchObject({ state: 'used', usedBy: expect.stringMatching(/^gra_/) });
  });

  test.each(['open', 'denied', 'withdrawn', 'expired', 'foreign', 'absent'] as const)('is refused: %s', async (kind) => {
    const request = draft(kind === 'foreign' ? { org: 'org_other' } : {});
    const { id } = await approvals.open(request);
    if (kind === 'denied') await approvals.decide(yes(id, { answer: 'deny' }));
    if (kind === 'withdrawn') await approvals.withdraw(ORG, id, 'usr_ana');
    if (kind === 'expired' || kind === 'foreign') await approvals.decide(yes(id, { org: request.org }));
    if (kind === 'expired') await rig.store.query(`update approval set expires_at = clock_timestamp() where id = $1`, [id]);
    const result = await use(rig.road, kind === 'absent' ? 'apr_none' : id, 'team:refused');
    expect(result).toMatchObject({ approvalsHeld: false });
    expect(result.reserve).toBeUndefined();
  });

  test('that the budget refuses leaves the approval as it was', async () => {
    const id = await approved();
    const result = await rig.road.decide(ask({ lines: [line('team:poor', 5)], want: { microUsd: 10 }, approvals: [id] }));
    expect(result).toMatchObject({ approvalsHeld: true, reserve: { ok: false } });
    expect((await approvals.find(ORG, id))?.state).toBe('approved');
  });

  test('is found for exactly the same request, revision and mandate', async () => {
    const base = draft({ mandate: 'mdt_7' });
    const { id } = await approvals.open(base);
    await approvals.decide(yes(id));
    const query = { org: ORG, requestDigest: base.requestDigest, revision: base.revision, mandate: base.mandate };
    const others = [
      { org: 'org_other' },
      { requestDigest: hex(5) },
      { revision: hex(6) },
      { mandate: null },
      { mandate: 'mdt_8' },
    ];
    expect((await approvals.standing(query)).map((one) => one.id)).toEqual([id]);
    for (const one of others) expect(await approvals.standing({ ...query, ...one })).toEqual([]);
  });
});

describe('time', () => {
  test('a waiter learns of a verdict on another node, and gives up in time or when told to', async () => {
    const { id } = await approvals.open(draft());
    const short = await approvals.waitFor(ORG, id, 60);
    const stop = new AbortController();
    const stopped = approvals.waitFor(ORG, id, 60_000, stop.signal);
    const waiting = approvals.waitFor(ORG, id, 60_000);
    stop.abort();
    expect([short?.state, (await stopped)?.state]).toEqual(['open', 'open']);
    await elsewhere.decide(yes(id));
    expect((await waiting)?.state).toBe('approved');
  });

  test('the sweeper expires and lapses, once each, with entries', async () => {
    const open = await approvals.open(draft());
    const granted = await approvals.open(draft());
    await approvals.decide(yes(granted.id));
    const old = await approvals.open(draft({ org: 'org_sweep' }));
    await rig.store.query(`insert into bundle_active (org, revision) values ('org_sweep', $1)`, [hex(9)]);
    await rig.store.query('update approval set expires_at = clock_timestamp() where id = any($1)', [[open.id, granted.id]]);
    await Promise.all([sweepApprovals(rig), sweepApprovals(other)]);
    await sweepApprovals(rig);
    const states = await Promise.all([
      approvals.find(ORG, open.id),
      approvals.find(ORG, granted.id),
      approvals.find('org_sweep', old.id),
    ]);
    expect(states.map((one) => one?.state)).toEqual(['expired', 'lapsed', 'lapsed']);
    const told = ofType(await entriesOf(rig.store), 'approval.expired').filter((entry) =>
      [open.id, granted.id].includes(entry.approval),
    );
    expect(told).toHaveLength(2);
  });

  test('withdrawing ends it once', async () => {
    const { id } = await approvals.open(draft());
    expect((await approvals.withdraw(ORG, id, 'usr_ana')).state).toBe('withdrawn');
    expect((await approvals.withdraw(ORG, id, 'usr_ana')).state).toBe('withdrawn');
    await expect(approvals.decide(yes(id))).rejects.toThrow(fault('approval.closed'));
  });

  test('pages are newest first and complete', async () => {
    const made = [];
    for (let at = 0; at < 5; at++) made.push((await approvals.open(draft({ org: 'org_page' }))).id);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await approvals.list('org_page', { state: 'open', limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual(made.reverse());
  });
});
