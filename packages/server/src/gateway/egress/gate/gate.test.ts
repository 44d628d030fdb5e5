import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EgressRule, ruleForRequest, rulesForHost } from '@countersign/kernel/egress';
import type { EntryDraft } from '@countersign/kernel/ledger';
import { makeWorld, MANDATE, type World } from '../../../govern/testing/world.ts';
import { personCaller } from '../../../govern/person.ts';
import { starterSnapshot } from '../../../jobs/testing/starter.ts';
import { composeProfile, type ProfileTerms } from '../../../ports/egress-profile.ts';
import type { EgressAnswer, EgressOutcome, EgressPassage, EgressTarget } from '../../../ports/egress-gate.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import type { BundleSnapshot, DataClass } from '../../../ports/registry.ts';
import type { Caller } from '../../../ports/road.ts';
import { MemoryFamiliarity } from '../testing/familiarity.ts';
import { EgressRoad } from './gate.ts';

const EDITOR = 'payments-test-repair-editor-dev';
const PLANNER = 'docs-refresh-planner-dev';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let snapshot: BundleSnapshot;
beforeAll(async () => {
  snapshot = await starterSnapshot();
}, 60_000);

let world: World;
let familiarity: MemoryFamiliarity;
let gate: EgressRoad;
beforeEach(() => {
  world = makeWorld();
  world.snapshot = snapshot;
  world.nowMs = Date.parse('2026-11-24T10:00:00Z');
  familiarity = new MemoryFamiliarity();
  familiarity.now = () => world.nowMs;
  gate = gateOf();
});

const gateOf = (watchMs = 10): EgressRoad => new EgressRoad({ ...world.deps, road: world.road, familiarity, watchMs });

function caller(agent = EDITOR, changes: Partial<NonNullable<Caller['mandate']>> = {}): Caller {
  const record = snapshot.agents.get(agent);
  if (record === undefined) throw new Error(agent);
  const mandate = {
    ...MANDATE,
    agent,
    repository: 'payments',
    useCase: 'code-maintenance',
    actions: ['network.read', 'network.connect'],
    dataClass: 'internal' as DataClass,
    ...changes,
  };
  return { org: 'acme', agent: record, credential: 'crd_1', onBehalfOf: 'usr_ada', mandate };
}

interface RunTerms {
  readonly id?: string;
  readonly caller?: Caller;
  readonly profile?: Partial<ProfileTerms>;
  readonly signal?: AbortSignal;
}

function runOf({ id = 'run_1', caller: who = caller(), profile = {}, signal }: RunTerms = {}): EgressRun {
  const terms = { name: 'default', environment: 'dev', repository: 'payments', useCase: 'code-maintenance', ...profile };
  return {
    caller: who,
    run: id,
    repository: 'payments',
    profile: composeProfile(snapshot.egress, terms),
    trace: TRACE,
    ...(signal === undefined ? {} : { signal }),
  };
}

const https = (host: string, method?: string, path = '/'): EgressTarget => ({
  host,
  port: 443,
  scheme: 'https',
  ...(method === undefined ? {} : { method, path }),
});

/** As the wire asks: at the connection where no rule needs more, else for the request. */
function ask(run: EgressRun, target: EgressTarget, signal = new AbortController().signal): Promise<EgressAnswer> {
  const { host, port, method, path } = target;
  const first = rulesForHost(run.profile, host, port);
  const rule: EgressRule | undefined =
    first.kind === 'rule'
      ? first.rule
      : method === undefined
        ? undefined
        : ruleForRequest(run.profile, { host, port, method, path: path ?? '/' });
  return gate.decide(run, target, rule, signal);
}

async function passageOf(answer: Promise<EgressAnswer>): Promise<EgressPassage> {
  const given = await answer;
  if (!given.ok) throw new Error(`denied: ${given.denial.code} ${given.denial.message}`);
  return given.passage;
}

async function denialOf(answer: Promise<EgressAnswer>) {
  const given = await answer;
  if (given.ok) throw new Error('allowed');
  return given.denial;
}

const outcome = (target: EgressTarget, more: Partial<EgressOutcome> = {}): EgressOutcome => ({
  target,
  mode: 'inspected',
  address: '104.16.0.1',
  status: 200,
  end: 'done',
  uploadBytes: 300,
  downloadBytes: 40_000,
  startedAt: world.nowMs,
  durationMs: 12,
  ...more,
});

const ofType = <T extends EntryDraft['type']>(type: T): Extract<EntryDraft, { type: T }>[] =>
  world.entries.filter((entry): entry is Extract<EntryDraft, { type: T }> => entry.type === type);

/** A person says yes to the only request that is open. */
function sayYes(by = 'grace'): void {
  const open = [...world.approvals.values()].filter(({ state }) => state === 'open');
  expect(open.length).toBe(1);
  for (const approval of open)
    world.approvals.set(approval.id, {
      ...approval,
      state: 'approved',
      verdicts: [
        { approver: by, answer: 'approve', gate: 'network-unfamiliar', reason: 'looked at it', at: '2026-11-24T10:00:00.000Z' },
      ],
    });
}

const until = async (met: () => boolean, ms = 3_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!met() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(met()).toBe(true);
};

const NPM = https('registry.npmjs.org', 'GET', '/express');
const STRANGER = https('api.stranger.example', 'GET', '/v1/things');

describe('a host that is listed', () => {
  test('is one decision and one grant for a run; each request is an entry, and the outcome comes at the end', async () => {
    const run = runOf();
    const passage = await passageOf(ask(run, NPM));
    for (let i = 0; i < 300; i++) {
      expect(await passageOf(ask(run, https('registry.npmjs.org', 'GET', `/package-${i}`)))).toBe(passage);
      passage.record(outcome(NPM));
    }
    expect([ofType('decision').length, ofType('outcome').length]).toEqual([1, 0]);
    await gate.settle(run);
    expect([ofType('connection.ended').length, ofType('outcome').length]).toEqual([300, 1]);
    expect(world.entries.at(-1)).toMatchObject({ type: 'outcome', outcome: { decision: passage.decision, status: 'done' } });
    const [first] = ofType('connection.ended');
    expect(first).toMatchObject({
      principal: EDITOR,
      task: 'tsk_1',
      grant: passage.grant.terms.id,
      detail: {
        decision: passage.decision,
        run: 'run_1',
        host: 'registry.npmjs.org',
        port: 443,
        rule: 'npm/packages',
        mode: 'inspected',
        end: 'done',
        uploadBytes: 300,
        downloadBytes: 40_000,
        durationMs: 12,
        address: '104.16.0.1',
        method: 'GET',
        status: 200,
      },
    });
  });

  test('is asked for once by connections that come at the same time', async () => {
    const run = runOf();
    const passages = await Promise.all(Array.from({ length: 20 }, () => passageOf(ask(run, NPM))));
    expect([new Set(passages).size, ofType('decision').length]).toEqual([1, 1]);
    await gate.settle(run);
  });

  test('is another decision for another rule, and a planner may not send', async () => {
    const audit = https('registry.npmjs.org', 'POST', '/-/npm/v1/security/audits');
    const run = runOf();
    await passageOf(ask(run, NPM));
    await passageOf(ask(run, audit));
    expect(ofType('decision').map(({ action }) => action)).toEqual(['network.read', 'network.connect']);
    await gate.settle(run);
    const planner = runOf({ caller: caller(PLANNER), id: 'run_2' });
    await passageOf(ask(planner, NPM));
    expect(await denialOf(ask(planner, audit))).toMatchObject({ code: 'default.no-permit' });
    await gate.settle(planner);
  });

  test('is not open for a method that no rule of its own covers, and nobody is asked', async () => {
    const run = runOf();
    const denial = await denialOf(ask(run, https('registry.npmjs.org', 'PUT', '/mine')));
    expect(denial).toMatchObject({ code: 'egress.denied' });
    expect(denial.message).toContain('is listed, but not with this method, path and port');
    expect(world.approvals.size).toBe(0);
  });

  test('the run counts once, with its bytes', async () => {
    const run = runOf();
    const passage = await passageOf(ask(run, NPM));
    passage.record(outcome(NPM));
    passage.record(outcome(NPM));
    await gate.settle(run);
    expect(await familiarity.history('acme', 'registry.npmjs.org')).toMatchObject({
      runs: 1,
      connections: 2,
      uploadBytes: 600,
      downloadBytes: 80_000,
      repositories: ['payments'],
      agentKinds: ['editor'],
    });
  });
});

describe('what is denied', () => {
  test.each([
    ['a host of the deny list', https('pastebin.com'), 'Whatever is pasted here is public'],
    ['any name below one', https('a.b.c.d.ngrok-free.app'), 'A tunnel makes this machine reachable'],
    ['a host of the deny list on another port', { host: 'bore.pub', port: 7835, scheme: 'https' } as const, 'A tunnel'],
    ['an address', https('93.184.215.14', 'GET'), 'addresses need a rule of their own'],
    ['an unlisted host on another port', { host: 'stranger.example', port: 22, scheme: 'raw' } as const, 'ports 80 and 443 only'],
  ])('%s', async (_, target, says) => {
    const denial = await denialOf(ask(runOf(), target));
    expect(denial).toMatchObject({ kind: 'policy', code: 'egress.denied' });
    expect(denial.message).toContain(says);
    expect(ofType('decision')).toMatchObject([
      { decision: { answer: 'deny', code: 'egress.denied' }, resource: `Host:${target.host}` },
    ]);
  });

  test('an unlisted host where the environment denies', async () => {
    const denial = await denialOf(ask(runOf({ profile: { environment: 'prod' } }), https('stranger.example')));
    expect(denial.message).toBe('Nobody listed `stranger.example`, and here such hosts are denied.');
  });

  test('everything, where the store is away: the denial says so', async () => {
    familiarity.broken = true;
    expect(await denialOf(ask(runOf(), NPM))).toMatchObject({ code: 'internal.fault' });
    expect(ofType('decision')).toMatchObject([{ decision: { answer: 'deny' } }]);
    familiarity.broken = false;
    world.broken = true;
    await denialOf(ask(runOf({ id: 'run_2' }), NPM));
    expect(world.spooled.length).toBeGreaterThan(0);
  });

  test('everything without a bundle, and after the run is over', async () => {
    world.snapshot = undefined;
    expect(await denialOf(ask(runOf(), NPM))).toMatchObject({ code: 'bundle.missing' });
    world.snapshot = snapshot;
    const run = runOf();
    await passageOf(ask(run, NPM));
    await gate.settle(run);
    expect(await denialOf(ask(run, NPM))).toMatchObject({ code: 'egress.denied' });
  });

  test('the fifty-first name below a wildcard', async () => {
    const rule: EgressRule = {
      id: 'profile/rule-1',
      host: '*.cdn.example',
      zone: 'profile',
      methods: ['GET'],
      decision: 'allow',
      tls: 'auto',
      private: false,
      websocket: false,
      raw: false,
      why: 'Files.',
    };
    const run = runOf({ profile: { rules: [rule] } });
    for (let i = 0; i < 50; i++) await passageOf(ask(run, https(`a${i}.cdn.example`, 'GET')));
    expect(await denialOf(ask(run, https('a50.cdn.example', 'GET')))).toMatchObject({ code: 'egress.limit' });
    await passageOf(ask(run, https('a7.cdn.example', 'GET')));
    await gate.settle(run);
  });

  test('a refusal of the wire is a denial of its own', async () => {
    const run = runOf();
    const denial = await gate.refuse(run, { code: 'egress.address', message: 'It leads inside.', target: NPM });
    expect(denial).toMatchObject({ code: 'egress.address', message: 'It leads inside.' });
    expect(ofType('decision')).toMatchObject([
      { principal: EDITOR, resource: 'Host:registry.npmjs.org', decision: { answer: 'deny', code: 'egress.address' } },
    ]);
    await gate.settle(run);
  });
});

describe('a host that nobody listed', () => {
  test('is held, and goes through once a person says yes; the grant then serves the task', async () => {
    const run = runOf();
    const held = ask(run, STRANGER);
    await until(() => world.approvals.size === 1);
    const [request] = world.approvals.values();
    expect(request?.shown).toMatchObject({
      content: {
        host: 'api.stranger.example',
        seenBefore: false,
        says: 'Nobody here was ever at `api.stranger.example`.',
        port: 443,
        firstRequest: { method: 'GET', path: '/v1/things' },
        grant: { methods: ['GET', 'HEAD'], scope: 'task', of: 'tsk_1', minutes: 480 },
      },
    });
    sayYes();
    const passage = await passageOf(held);
    expect(passage.rule).toMatchObject({ id: 'unfamiliar', methods: ['GET', 'HEAD'], tls: 'inspect', uploadBytes: 65_536 });
    expect([...familiarity.given.values()]).toMatchObject([
      {
        scope: 'task',
        of: 'tsk_1',
        host: 'api.stranger.example',
        methods: ['GET', 'HEAD'],
        by: 'grace',
        expiresAt: '2026-11-24T18:00:00.000Z',
      },
    ]);
    await gate.settle(run);
    // Another run of the same task does not ask again; one of another task does, and so does sending.
    await passageOf(ask(runOf({ id: 'run_2' }), STRANGER));
    expect(world.approvals.size).toBe(1);
    const later = new AbortController();
    const other = ask(runOf({ id: 'run_3', caller: caller(EDITOR, { task: 'tsk_2', id: 'man_2' }) }), STRANGER, later.signal);
    await until(() => world.approvals.size === 2);
    later.abort();
    expect(await denialOf(other)).toMatchObject({ code: 'approval.required' });
    const sending = new AbortController();
    const post = ask(runOf({ id: 'run_4' }), https('api.stranger.example', 'POST'), sending.signal);
    await until(() => world.approvals.size === 3);
    sending.abort();
    await denialOf(post);
  });

  test('is denied with the request to come back to, and says what is known of it', async () => {
    const gone = new AbortController();
    const held = ask(runOf(), STRANGER, gone.signal);
    await until(() => world.approvals.size === 1);
    gone.abort();
    const denial = await denialOf(held);
    expect(denial).toMatchObject({ code: 'approval.required', approval: { id: expect.stringContaining('apr_') as string } });
    expect(denial.requestId).toBe(denial.approval?.id);
    expect(denial.message).toContain('Nobody here was ever at `api.stranger.example`');
    // Approved meanwhile: the next run uses it up, once.
    sayYes();
    const run = runOf({ id: 'run_2' });
    await passageOf(ask(run, STRANGER));
    expect([...world.approvals.values()].map(({ state }) => state)).toEqual(['used']);
    await gate.settle(run);
  });

  test('a grant that ends or is revoked ends what goes through it', async () => {
    const run = runOf();
    const held = ask(run, STRANGER);
    await until(() => world.approvals.size === 1);
    sayYes();
    const passage = await passageOf(held);
    const [grant] = familiarity.given.values();
    await familiarity.revoke('acme', grant?.id ?? '', { by: 'noor' });
    await until(() => passage.signal.aborted);
    await gate.settle(run);
    expect(world.entries.at(-1)).toMatchObject({ type: 'outcome', outcome: { status: 'cancelled', code: 'egress.denied' } });
  });

  test('with private data and untrusted text in the task it is refused, whoever said yes before', async () => {
    const run = runOf();
    const held = ask(run, STRANGER);
    await until(() => world.approvals.size === 1);
    sayYes();
    const passage = await passageOf(held);
    expect(world.marks.get('tsk_1')).toMatchObject({ taints: ['untrusted', 'egress'] });
    world.marks.set('tsk_1', { dataClass: 'public', taints: ['private', 'untrusted', 'egress'] });
    await until(() => passage.signal.aborted);
    expect(await denialOf(ask(run, STRANGER))).toMatchObject({ code: 'egress.unfamiliar' });
    await gate.settle(run);
  });

  test('a person at the keyboard is not asked to approve their own', async () => {
    const person = snapshot.people.get('ada');
    if (person === undefined) throw new Error('ada');
    const run = runOf({ caller: personCaller('acme', person, 'crd_2') });
    await passageOf(ask(run, NPM));
    expect(await denialOf(ask(run, STRANGER))).toMatchObject({ kind: 'policy' });
    expect(world.approvals.size).toBe(0);
    await gate.settle(run);
  });

  test('a run that is over stops waiting for a person', async () => {
    const run = runOf();
    const held = ask(run, STRANGER);
    await until(() => world.approvals.size === 1);
    await gate.settle(run);
    expect(await denialOf(held)).toMatchObject({ code: 'approval.required' });
  });
});

describe('what is open ends early', () => {
  test('when a kill switch is set', async () => {
    const run = runOf();
    const passage = await passageOf(ask(run, NPM));
    world.kill = { target: { kind: 'all' } } as unknown as World['kill'];
    await until(() => passage.signal.aborted);
    expect(await denialOf(ask(run, NPM))).toMatchObject({ code: 'identity.killed' });
    await gate.settle(run);
    expect(ofType('outcome')).toMatchObject([{ outcome: { status: 'cancelled', code: 'identity.killed' } }]);
  });

  test('when a newer bundle denies the host', async () => {
    const run = runOf();
    const passage = await passageOf(ask(run, NPM));
    const denial: EgressRule = { ...passage.rule, id: 'deny/npm', decision: 'deny' };
    const { methods: _, ...whole } = denial;
    world.snapshot = { ...snapshot, egress: { ...snapshot.egress, deny: [whole] } };
    await until(() => passage.signal.aborted);
    await gate.settle(run);
  });

  test('when what went through cannot be recorded', async () => {
    const run = runOf();
    const passage = await passageOf(ask(run, NPM));
    gate.close();
    world.broken = true;
    passage.record(outcome(NPM));
    await until(() => passage.signal.aborted, 12_000);
    world.broken = false;
    await gate.settle(run);
  }, 20_000);
});
