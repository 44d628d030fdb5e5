import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleForRequest } from '@countersign/kernel/egress';
import { parseEntry } from '@countersign/kernel/ledger';
import { type FreshDatabase, freshDatabase } from '../../../../../../tests/support/database.ts';
import { makeWorld, MANDATE } from '../../../govern/testing/world.ts';
import { CountersignRoad } from '../../../govern/road.ts';
import { starterSnapshot } from '../../../jobs/testing/starter.ts';
import { composeProfile } from '../../../ports/egress-profile.ts';
import type { EgressOutcome, EgressPassage, EgressTarget } from '../../../ports/egress-gate.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import { newEntryId, newId, systemClock } from '../../../adapters/system/clock.ts';
import { PostgresApprovals } from '../../../store/approval/index.ts';
import { PostgresFamiliarity } from '../../../store/egress/index.ts';
import { entriesOf, ofType, openRig, ORG, type Rig } from '../../../store/road/testing/rig.ts';
import { Relations } from '../../../verify/relations.ts';
import { Findings } from '../../../verify/report.ts';
import { relate, Sense } from '../../../verify/sense.ts';
import { domainOf, EgressRoad } from './index.ts';

const EDITOR = 'payments-test-repair-editor-dev';

let db: FreshDatabase;
let rig: Rig;
let gate: EgressRoad;
let familiarity: PostgresFamiliarity;
let approvals: PostgresApprovals;
let snapshot: Awaited<ReturnType<typeof starterSnapshot>>;

beforeAll(async () => {
  [db, snapshot] = await Promise.all([freshDatabase(), starterSnapshot()]);
  rig = await openRig(db.connection);
  familiarity = new PostgresFamiliarity(rig, domainOf);
  approvals = new PostgresApprovals(rig);
  const { deps: base } = makeWorld();
  const snapshots = { current: () => snapshot };
  const ids = { clock: systemClock, newId, newEntryId };
  const deps = { ...base, ...ids, org: ORG, snapshots, store: rig.road, approvals };
  gate = new EgressRoad({ ...deps, road: new CountersignRoad(deps), familiarity });
}, 90_000);
afterAll(async () => {
  gate.close();
  await rig.close();
  await db.drop();
});

function runOf(id: string): EgressRun {
  const agent = snapshot.agents.get(EDITOR);
  if (agent === undefined) throw new Error(EDITOR);
  const actions = ['network.read', 'network.connect'];
  const mandate = { ...MANDATE, agent: EDITOR, repository: 'payments', useCase: 'code-maintenance', actions };
  return {
    caller: { org: ORG, agent, credential: 'crd_1', onBehalfOf: 'usr_ada', mandate },
    run: id,
    repository: 'payments',
    profile: composeProfile(snapshot.egress, { name: 'default', environment: 'dev', repository: 'payments', useCase: null }),
    trace: '0af7651916cd43dd8448eb211c80319c',
  };
}

const get = (host: string, path: string): EgressTarget => ({ host, port: 443, scheme: 'https', method: 'GET', path });

async function open(run: EgressRun, target: EgressTarget): Promise<EgressPassage> {
  const { host, port, method = '', path = '' } = target;
  const rule = ruleForRequest(run.profile, { host, port, method, path });
  const answer = await gate.decide(run, target, rule, new AbortController().signal);
  if (!answer.ok) throw new Error(`${answer.denial.code} ${answer.denial.message}`);
  return answer.passage;
}

const outcome = (target: EgressTarget): EgressOutcome => ({
  target,
  mode: 'inspected',
  address: '104.16.0.1',
  status: 200,
  end: 'done',
  uploadBytes: 300,
  downloadBytes: 20_000,
  startedAt: Date.now(),
  durationMs: 20,
});

const batches = async (): Promise<number> => {
  const rows = await rig.store.query<{ n: number }>(
    'select count(distinct xmin::text)::int as n from audit_entry where org = $1',
    [ORG],
  );
  return rows[0]?.n ?? 0;
};

test('what an install does: a thousand requests to one host are one decision, and few transactions', async () => {
  const run = runOf('run_install');
  const target = get('registry.npmjs.org', '/express');
  const passage = await open(run, target);
  const before = await batches();
  for (let burst = 0; burst < 50; burst++) {
    for (let i = 0; i < 20; i++) {
      expect(await open(run, get('registry.npmjs.org', `/p${burst}-${i}`))).toBe(passage);
      passage.record(outcome(target));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await gate.settle(run);
  const entries = await entriesOf(rig.store);
  expect([
    ofType(entries, 'decision').length,
    ofType(entries, 'connection.ended').length,
    ofType(entries, 'outcome').length,
  ]).toEqual([1, 1_000, 1]);
  expect((await batches()) - before).toBeLessThan(200);
  expect(await familiarity.history(ORG, 'registry.npmjs.org')).toMatchObject({
    domain: 'npmjs.org',
    runs: 1,
    connections: 1_000,
    uploadBytes: 300_000,
    downloadBytes: 20_000_000,
    repositories: ['payments'],
  });
}, 60_000);

test('an approval by a person becomes a grant of the task, and revoking it ends what goes through', async () => {
  const run = runOf('run_ask');
  const target = get('api.stranger.example', '/v1');
  const held = gate.decide(run, target, undefined, new AbortController().signal);
  let request = (await approvals.list(ORG, { state: 'open', limit: 5 })).data[0];
  for (const end = Date.now() + 10_000; request === undefined && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    request = (await approvals.list(ORG, { state: 'open', limit: 5 })).data[0];
  }
  expect(request?.shown['content']).toMatchObject({
    host: 'api.stranger.example',
    domain: 'stranger.example',
    seenBefore: false,
  });
  await approvals.decide({
    org: ORG,
    approval: request?.id ?? '',
    approver: 'grace',
    groups: ['group:security'],
    answer: 'approve',
    reason: 'the schema is public',
    shownDigest: request?.shownDigest ?? '',
  });
  const answer = await held;
  if (!answer.ok) throw new Error(answer.denial.message);
  const [grant] = await familiarity.grants(ORG, { host: 'api.stranger.example', limit: 5 });
  expect(grant).toMatchObject({ scope: 'task', of: 'tsk_1', by: 'grace', reason: 'the schema is public', approval: request?.id });
  // Another run of the task needs no person.
  const later = runOf('run_later');
  const second = await open(later, target);
  second.record(outcome(target));
  await familiarity.revoke(ORG, grant?.id ?? '', { by: 'noor', decision: 'dec_9' });
  for (const end = Date.now() + 10_000; !second.signal.aborted && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect([answer.passage.signal.aborted, second.signal.aborted]).toEqual([true, true]);
  await Promise.all([gate.settle(run), gate.settle(later)]);
}, 60_000);

test('an auditor finds nothing wrong with what the door left', async () => {
  const rows = await rig.store.query<{ body: Buffer }>('select body from audit_entry where org = $1 order by seq', [ORG]);
  const [findings, relations] = [new Findings(), new Relations()];
  rows.forEach(({ body }, index) => relate(parseEntry(body), index, relations));
  const sense = new Sense(findings, false);
  for await (const part of relations.groups())
    for (const [key, records] of part) if (!key.startsWith('p')) sense.check(key, records);
  await relations.close();
  expect(rows.length).toBeGreaterThan(1_000);
  expect(findings.levels().flatMap((level) => level.findings)).toEqual([]);
});
