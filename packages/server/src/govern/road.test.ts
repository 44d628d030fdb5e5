import { checkEntry, parseCanonical } from '@countersign/kernel/ledger';
import { expect, test } from 'vitest';
import { Grant } from '../ports/grant.ts';
import type { Act } from '../ports/road.ts';
import { AGENT, approve, CALLER, makeWorld, modelAsk, type World } from './testing/world.ts';

const done = (world: World) => async (): Promise<Act<string>> => {
  world.events.push('acted');
  return { value: 'answer', status: 'done', charge: { microUsd: 42 } };
};

const decisions = (world: World) => world.entries.flatMap((entry) => (entry.type === 'decision' ? [entry.decision] : []));
const outcomes = (world: World) => world.entries.flatMap((entry) => (entry.type === 'outcome' ? [entry.outcome] : []));
const eventually = async (world: World, count: number) => {
  while (world.approvals.size < count) await new Promise((wake) => setTimeout(wake, 2));
};

test('an allowed act runs after its decision is durable and before its outcome is', async () => {
  const world = makeWorld();
  const governed = await world.road.govern(modelAsk('plain'), done(world));
  expect(governed).toEqual({ ok: true, decision: 'dec_000001', value: 'answer' });
  expect(world.events).toEqual(['decided', 'acted', 'settled']);
  expect(decisions(world).map(({ answer, code }) => [answer, code])).toEqual([['allow', 'ok']]);
  expect(outcomes(world)).toEqual([{ decision: 'dec_000001', status: 'done' }]);
  expect(world.settled[0]?.charge).toEqual({ microUsd: 42 });
});

test('every entry that the road writes holds to its type', async () => {
  const world = makeWorld();
  await world.road.govern(modelAsk('plain'), done(world));
  await world.road.govern(modelAsk('plain', { declaredClass: 'restricted' }), done(world));
  await world.road.govern(modelAsk('next'), done(world));
  await world.road.refuse({ door: 'model', trace: 'a'.repeat(32), caller: CALLER, code: 'request.invalid', message: 'no' });
  await world.road.identify({}, { door: 'model', trace: 'a'.repeat(32) });
  await world.road.close();
  const leaf = 'a'.repeat(64);
  const checked = world.entries.map(
    (entry, index) => checkEntry({ ...entry, node: 'n', nodeSeq: index + 1, nodePrev: leaf }).type,
  );
  expect(checked).toEqual(['decision', 'outcome', 'decision', 'decision', 'decision', 'identity.refused']);
});

test('the facts payload is canonical and holds what was evaluated', async () => {
  const world = makeWorld();
  const kept: Uint8Array[] = [];
  const { decide } = world.deps.store;
  world.deps.store.decide = (item) => {
    kept.push(...item.record({ approvalsHeld: true, marksHeld: true }).payloads.map((payload) => payload.bytes));
    return decide(item);
  };
  await world.road.govern(modelAsk('plain'), done(world));
  const [facts] = kept.map((bytes) => parseCanonical(bytes));
  expect(facts).toMatchObject({
    request: { action: 'model.call', principal: { id: AGENT.id } },
    facts: { context: { now: '2026-06-01T12:00:00.000Z', hour: 12, weekday: 1, dataRank: 1 } },
  });
});

test('a denial names code, policy, message and who may lift it, and the act does not run', async () => {
  const world = makeWorld();
  const governed = await world.road.govern(modelAsk('plain', { declaredClass: 'restricted' }), done(world));
  expect(governed).toMatchObject({
    ok: false,
    denial: {
      kind: 'policy',
      code: 'data.class',
      message: 'The data class is above what the model may see.',
      escalate: { group: 'team:security' },
      reasons: [{ policy: 'limit.class', reference: 'policies/test.cedar:3#limit.class' }],
    },
  });
  expect(world.events).toEqual(['decided']);
});

test.each([
  ['the store is gone', (world: World) => void (world.broken = true), 'kernel.fault'],
  ['no bundle is in force', (world: World) => void (world.snapshot = undefined), 'bundle.missing'],
  ['revocations are stale', (world: World) => void (world.fresh = false), 'store.unavailable'],
  [
    'a kill switch is on',
    (world: World) =>
      void (world.kill = { target: { kind: 'all' }, reason: 'test', setBy: 'usr_ada', setAt: '2026-01-01T00:00:00.000Z' }),
    'identity.killed',
  ],
  ['the reservation fails', (world: World) => void (world.reserve = 'refuse'), 'budget.exceeded'],
])('nothing runs when %s', async (_name, breakIt, code) => {
  const world = makeWorld();
  breakIt(world);
  const governed = await world.road.govern(modelAsk('plain'), done(world));
  expect(governed).toMatchObject({ ok: false, denial: { code } });
  expect(world.events).not.toContain('acted');
  // The denial is on the ledger, or waits for it.
  expect(world.entries.length + world.spooled.length).toBe(1);
});

test('a denial that waited is appended when the store is back', async () => {
  const world = makeWorld();
  world.broken = true;
  await world.road.govern(modelAsk('plain'), done(world));
  world.broken = false;
  await world.road.govern(modelAsk('plain'), done(world));
  await world.road.close();
  expect(
    decisions(world)
      .map(({ answer }) => answer)
      .sort(),
  ).toEqual(['allow', 'deny']);
  expect(world.spooled).toEqual([]);
});

test('a mandate that does not count denies with its reason', async () => {
  const world = makeWorld();
  const caller = { ...CALLER, mandate: undefined, mandateProblem: 'mandate.revoked' as const };
  const governed = await world.road.govern(modelAsk('plain', { caller }), done(world));
  expect(governed).toMatchObject({ ok: false, denial: { code: 'mandate.revoked' } });
});

test('spending without any budget is denied', async () => {
  const world = makeWorld({ budgets: [] });
  const governed = await world.road.govern(modelAsk('plain', { caller: { ...CALLER, mandate: undefined } }), done(world));
  expect(governed).toMatchObject({ ok: false, denial: { code: 'budget.missing' } });
});

test('a duty that the door does not know denies', async () => {
  const world = makeWorld();
  const governed = await world.road.govern(modelAsk('bearded'), done(world));
  expect(governed).toMatchObject({ ok: false, denial: { code: 'obligation.unknown' } });
});

test('a held request goes on when it is approved, and the approval is used up', async () => {
  const world = makeWorld();
  const held = world.road.govern(modelAsk('next', { holdMs: 5_000 }), done(world));
  await eventually(world, 1);
  const [id = ''] = [...world.approvals.keys()];
  approve(world, id);
  expect(await held).toMatchObject({ ok: true, value: 'answer' });
  expect(world.approvals.get(id)?.state).toBe('used');
  expect(world.events).toEqual(['decided', 'asked', 'decided', 'acted', 'settled']);
  expect(decisions(world).map(({ answer }) => answer)).toEqual(['requireApproval', 'allow']);
});

test('a held request that a person refuses is denied', async () => {
  const world = makeWorld();
  const held = world.road.govern(modelAsk('next', { holdMs: 5_000 }), done(world));
  await eventually(world, 1);
  approve(world, [...world.approvals.keys()][0] ?? '', 'denied');
  expect(await held).toMatchObject({ ok: false, denial: { kind: 'approval', code: 'approval.denied' } });
  expect(world.events).not.toContain('acted');
});

test('after the hold the denial carries the request id, and the repeated request goes through once', async () => {
  const world = makeWorld();
  const first = await world.road.govern(modelAsk('next'), done(world));
  const id = first.ok ? '' : (first.denial.approval?.id ?? '');
  expect(first).toMatchObject({
    ok: false,
    denial: { code: 'approval.required', requestId: id, approval: { url: `http://localhost/approve/${id}` } },
  });
  approve(world, id);
  const second = await world.road.govern(modelAsk('next'), done(world));
  const third = await world.road.govern(modelAsk('next'), done(world));
  expect([second.ok, third.ok]).toEqual([true, false]);
});

test.each([
  ['another content', { contentDigest: 'b'.repeat(64) }],
  ['another person', { caller: { ...CALLER, onBehalfOf: 'usr_eve' } }],
  ['another mandate', { caller: { ...CALLER, mandate: undefined } }],
])('an approval does not fit %s', async (_name, change) => {
  const world = makeWorld();
  await world.road.govern(modelAsk('next'), done(world));
  approve(world, [...world.approvals.keys()][0] ?? '');
  const governed = await world.road.govern(modelAsk('next', change), done(world));
  expect(governed).toMatchObject({ ok: false, denial: { code: 'approval.required' } });
});

test('break-glass stands in for a gate, never for a limit', async () => {
  const world = makeWorld();
  world.glass = {
    id: 'bg_1',
    org: 'acme',
    openedBy: 'usr_ada',
    reason: 'outage',
    agent: AGENT.id,
    mandate: null,
    gates: ['preview-model'],
    openedAt: '',
    expiresAt: '',
    review: null,
  };
  expect(await world.road.govern(modelAsk('next'), done(world))).toMatchObject({ ok: true });
  expect(await world.road.govern(modelAsk('next', { declaredClass: 'restricted' }), done(world))).toMatchObject({ ok: false });
});

test('an act that throws is charged in full, recorded as failed, and throws', async () => {
  const world = makeWorld();
  const act = () => Promise.reject(new Error('broken upstream'));
  await expect(world.road.govern(modelAsk('plain'), act)).rejects.toThrow('broken upstream');
  expect(outcomes(world)).toEqual([{ decision: 'dec_000001', status: 'failed', code: 'internal.fault' }]);
  expect(world.settled[0]?.charge).toBe('full');
});

test('a caller that goes away ends the hold, and nothing is started', async () => {
  const world = makeWorld();
  const gone = new AbortController();
  const held = world.road.govern(modelAsk('next', { holdMs: 60_000, signal: gone.signal }), done(world));
  await eventually(world, 1);
  gone.abort();
  expect(await held).toMatchObject({ ok: false });
  expect(world.events).not.toContain('acted');
});

test('the same request again and again is a loop', async () => {
  const world = makeWorld({ settings: { loop: { repeats: 3, windowMs: 60_000 } } });
  const answers: string[] = [];
  for (let n = 0; n < 5; n++) {
    const governed = await world.road.govern(modelAsk('plain'), done(world));
    answers.push(governed.ok ? 'ok' : governed.denial.code);
  }
  world.nowMs += 61_000;
  const later = await world.road.govern(modelAsk('plain'), done(world));
  expect([...answers, later.ok]).toEqual(['ok', 'ok', 'ok', 'loop.detected', 'loop.detected', true]);
});

test('a person who does the same again and again is no loop', async () => {
  const world = makeWorld({ settings: { loop: { repeats: 3, windowMs: 60_000 } } });
  const ask = modelAsk('plain');
  const said: string[] = [];
  for (let n = 0; n < 5; n++) {
    const governed = await world.road.govern({ ...ask, caller: { ...ask.caller, person: true } }, done(world));
    said.push(governed.ok ? 'ok' : governed.denial.message);
  }
  expect(said.filter((text) => text.startsWith('The same request came'))).toEqual([]);
});

test('an evaluation is recorded like every decision and grants nothing', async () => {
  const world = makeWorld();
  const evaluated = await world.road.evaluate(modelAsk('plain'));
  expect(evaluated).toMatchObject({ decisionId: 'dec_000001', decision: { answer: 'allow' } });
  expect(world.entries.map((entry) => [entry.type, 'grant' in entry])).toEqual([['decision', false]]);
});

test('a grant cannot be forged', async () => {
  const world = makeWorld();
  let real: Grant | undefined;
  await world.road.govern(modelAsk('plain'), async (grant) => {
    real = grant;
    return { value: 1, status: 'done', charge: 'none' };
  });
  expect(Grant.check(real, 'model.call').agent).toBe(AGENT.id);
  const forgeries = [{ terms: real?.terms }, structuredClone({ ...real }), Object.create(Grant.prototype) as unknown, null];
  for (const forged of forgeries) expect(() => Grant.check(forged, 'model.call')).toThrow('no grant, no act');
  expect(() => Grant.check(real, 'tool.call')).toThrow('is for model.call');
  expect(() => new Grant(Symbol('mint'), real?.terms ?? ({} as never))).toThrow('minted by the road only');
});

test('a preview answers as the kernel does now, and leaves nothing behind', async () => {
  const world = makeWorld();
  const answers = [
    modelAsk('plain'),
    modelAsk('plain', { declaredClass: 'restricted' }),
    modelAsk('next'),
    { ...modelAsk('plain'), caller: { ...CALLER, mandateProblem: 'mandate.expired' as const } },
  ].map((ask) => world.road.preview(ask));
  expect(answers.map(({ answer, code }) => [answer, code])).toEqual([
    ['allow', 'ok'],
    ['deny', 'data.class'],
    ['requireApproval', 'approval.preview'],
    ['deny', 'mandate.expired'],
  ]);
  // Asking a thousand times is no loop.
  for (let i = 0; i < 1_000; i += 1) expect(world.road.preview(modelAsk('plain')).answer).toBe('allow');
  expect([world.entries, world.approvals.size, world.events]).toEqual([[], 0, []]);
  expect((await world.road.govern(modelAsk('plain'), done(world))).ok).toBe(true);
});
