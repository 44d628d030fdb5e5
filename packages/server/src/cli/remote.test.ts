import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelAsk } from '../govern/testing/world.ts';
import { MEMORY } from '../api/testing/memories.ts';
import { AGENT, type ApiWorld, makeApi } from '../api/testing/world.ts';
import { cli, newPlace, type Place, type Ran } from './testing/run.ts';

/** The command line against the whole API, without a socket between. */
function desk(made: ApiWorld = makeApi()) {
  const cwd = newPlace();
  const fetching: typeof fetch = async (input, init) =>
    made.api.hono.request(String(input).replace('http://127.0.0.1:7070', ''), init as RequestInit);
  const as = (who: string, argv: string, more: Partial<Place> = {}): Promise<Ran> =>
    cli(argv.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [], {
      cwd,
      fetch: fetching,
      env: { COUNTERSIGN_KEY: made.keys.get(who) ?? who },
      ...more,
    });
  return { ...made, cwd, as };
}

const ADMIT = `task admit --agent ${AGENT.id} --repository payments-api --ticket PAY-1 --use-case test-repair --capability model --action model.call --change-class test`;

describe('task', () => {
  test('admit, list, show, revoke', async () => {
    const { as } = desk();
    const admitted = await as('usr_ada', `${ADMIT} --estimate 0.20`);
    expect([
      admitted.code,
      admitted.out.split('\n').length,
      /^admitted: task tsk_\w+, mandate man_\w+, up to \$0.20/.test(admitted.err),
    ]).toEqual([0, 7, true]);
    const [, task] = /task (tsk_\w+)/.exec(admitted.err) ?? [];
    const listed = await as('usr_ada', 'task list');
    expect([listed.code, listed.out.includes(String(task))]).toEqual([0, true]);
    expect(((await as('usr_ada', 'task list --json')).json as { data: unknown[] }).data.length).toBe(1);
    expect((await as('usr_ada', `task revoke ${task} --reason "not needed" --dry-run`)).err).toMatch(/^would revoke mandate/);
    expect((await as('usr_ada', `task revoke ${task} --reason "not needed"`)).code).toBe(0);
    expect((await as('usr_ada', 'task list')).out).toContain('revoked');
    expect((await as('usr_ada', 'task show tsk_none')).code).toBe(1);
    expect((await as('usr_ada', 'task revoke tsk_none --reason "not needed"')).code).toBe(1);
  });

  test('a denial is exit 3, with the policy and who may lift it', async () => {
    const { as } = desk();
    const { code, err, out } = await as('usr_ada', `${ADMIT} --estimate 9`);
    expect(code).toBe(3);
    expect(err).toContain('The estimate is above what is left.');
    expect(err).toContain('limit.budget');
    expect(err).toMatch(/next: ask team:finops, and quote /);
    expect(out).toContain('Is the estimated cost within budget?');
  });

  test.each([
    ['0.20', 0, 'would be: allow (ok)'],
    ['9', 3, 'would be: deny'],
  ])('a dry run of $%s shows the decision it would get', async (estimate, code, text) => {
    const { as } = desk();
    const dry = await as('usr_ada', `${ADMIT} --estimate ${estimate} --dry-run`);
    expect([dry.code, dry.err.includes(text)]).toEqual([code, true]);
    expect((await as('usr_ada', 'task list')).err).toContain('No task was admitted yet');
  });
});

describe('approval', () => {
  async function asked() {
    const own = desk();
    const governed = await own.world.road.govern(modelAsk('next'), () => Promise.reject(new Error('must not act')));
    const id = governed.ok ? '' : (governed.denial.approval?.id ?? '');
    return { ...own, id };
  }

  test('list, show, approve: exactly what was shown', async () => {
    const { as, id, world } = await asked();
    expect((await as('usr_sam', 'approval list')).out).toContain(id);
    const shown = await as('usr_sam', `approval show ${id}`);
    const [, digest] = /--digest ([0-9a-f]{64})/.exec(shown.err) ?? [];
    expect([shown.code, shown.out.includes('model.call'), digest]).toEqual([0, true, world.approvals.get(id)?.shownDigest]);
    expect((await as('usr_sam', `approval approve ${id} --reason "tried it" --digest ${'f'.repeat(64)}`)).code).toBe(1);
    expect((await as('usr_sam', `approval approve ${id} --reason "tried it" --dry-run`)).err).toContain(`would approve ${id}`);
    expect((await as('usr_vic', `approval approve ${id} --reason "tried it"`)).code).toBe(3);
    expect((await as('usr_sam', `approval approve ${id} --reason "tried it" --digest ${digest}`)).err).toBe(`approved: ${id}\n`);
    expect((await as('usr_sam', 'approval list')).err).toBe('Nothing waits for a person.\n');
    expect((await as('usr_sam', 'approval list --state all')).out).toContain('approved');
  });

  test('deny and withdraw', async () => {
    const { as, id } = await asked();
    expect((await as('usr_sam', `approval deny ${id} --reason "not now"`)).err).toBe(`denied: ${id}\n`);
    const second = await asked();
    expect((await second.as('usr_root', `approval withdraw ${second.id}`)).err).toBe(`withdrawn: ${second.id}\n`);
  });
});

test('break-glass: opened, listed as waiting, reviewed by somebody else', async () => {
  const { as } = desk();
  expect((await as('usr_ada', `break-glass open --agent ${AGENT.id} --reason "down"`)).code).toBe(2);
  const opened = await as('usr_ada', `break-glass open --agent ${AGENT.id} --gate preview-model --reason "production is down"`);
  const [, id] = /open: (bgl_\w+)/.exec(opened.err) ?? [];
  expect((await as('usr_root', 'break-glass list')).out).toContain('waiting');
  expect((await as('usr_ada', `break-glass review ${id} --verdict justified --note "it was down"`)).code).toBe(3);
  expect((await as('usr_root', `break-glass review ${id} --verdict maybe --note "it was down"`)).code).toBe(2);
  expect((await as('usr_root', `break-glass review ${id} --verdict justified --note "it was down"`)).code).toBe(0);
  expect((await as('usr_root', 'break-glass list')).out).toContain('justified by usr_root');
});

test('agent and person: keys are printed alone, rotate and die', async () => {
  const { as } = desk();
  expect((await as('usr_vic', 'agent list')).out).toContain(AGENT.id);
  const issued = await as('usr_root', `agent key-issue ${AGENT.id} --ttl 3600`);
  expect([issued.code, /^csk_a_crd_\w+_[\w-]{43}\n$/.test(issued.out)]).toEqual([0, true]);
  const [, id] = /credential (crd_\w+)/.exec(issued.err) ?? [];
  const rotated = await as('usr_root', `agent key-rotate ${AGENT.id} ${id}`);
  expect([rotated.code, rotated.err.includes(`credential ${id} is revoked`)]).toEqual([0, true]);
  expect((await as('usr_root', `agent show ${AGENT.id}`)).out).toContain(`key ${id}  revoked`);
  expect((await as(issued.out.trim(), 'task list')).code).toBe(4);
  expect((await as(rotated.out.trim(), 'task list')).code).toBe(0);
  const [, fresh] = /credential (crd_\w+) until/.exec(rotated.err) ?? [];
  expect((await as('usr_root', `agent key-revoke ${AGENT.id} ${fresh} --reason "it leaked"`)).err).toBe(`revoked: ${fresh}\n`);
  expect((await as('usr_root', `agent key-issue ${AGENT.id} --dry-run`)).err).toBe(`would issue a key for ${AGENT.id}\n`);
  expect((await as('usr_root', 'person key-issue usr_vic')).out).toMatch(/^csk_p_/);
  expect((await as('usr_vic', 'person list')).out).toContain('usr_root');
});

test('kill: set, listed, cleared', async () => {
  const { as, kills } = desk();
  expect((await as('usr_root', 'kill set all --reason "an incident" --dry-run')).err).toBe('would stop all\n');
  expect((await as('usr_root', 'kill set all --reason "an incident"')).err).toBe('stopped: all\n');
  expect((await as('usr_root', 'kill list')).out).toContain('an incident');
  expect(((await as('usr_root', 'status --json')).json as { killSwitches: string[] }).killSwitches).toEqual(['all']);
  expect((await as('usr_root', 'kill clear all --reason "over now"')).err).toBe('cleared: all\n');
  expect(kills).toEqual([]);
});

test('status tells who you are and what waits; a server that is not ready is a failure', async () => {
  const { as, world } = desk();
  const { code, json } = await as('usr_vic', 'status --json');
  expect([code, json]).toMatchObject([
    0,
    { state: 'ready', you: 'usr_vic', administrator: false, revision: 'r1', approvalsOpen: 0, killSwitches: [] },
  ]);
  expect((await as(AGENT.id, 'status')).code).toBe(0);
  world.broken = true;
  expect((await as('usr_vic', 'status')).code).toBe(1);
});

test('memory list, show and forget', async () => {
  const { as } = desk();
  const id = MEMORY.id;
  const listed = await as('usr_vic', 'memory list --scope team --owner payments');
  expect([
    listed.code,
    listed.out.split('\n').length,
    listed.out.includes('team:payments'),
    listed.out.includes('Node 20'),
  ]).toEqual([0, 3, true, false]);
  expect((await as('usr_vic', 'memory list --agent nobody')).err).toContain('Nothing is remembered.');
  expect((await as('usr_sam', `memory show ${id} --reason incident`)).out).toContain('The build needs Node 20');
  expect((await as('usr_vic', `memory show ${id} --reason incident`)).code).toBe(3);
  expect((await as('usr_sam', `memory show ${id}`)).code).toBe(2);
  expect((await as('usr_root', `memory forget ${id} --reason subject.request --dry-run`)).err).toMatch(/^would erase mem_/);
  expect((await as('usr_root', `memory forget ${id} --reason "free text"`)).code).toBe(1);
  expect((await as('usr_root', `memory forget ${id} --reason subject.request`)).err).toBe(`forgotten: ${id}\n`);
  expect((await as('usr_root', `memory forget ${id} --reason subject.request`)).code).toBe(1);
});

test('budget list shows money as money', async () => {
  expect((await desk().as('usr_vic', 'budget list')).out).toContain(
    'org    day     microUsd  $5.00  $1.00  $0.50     $3.50  team:finops',
  );
});

describe('plan and apply', () => {
  test('what would change, then in force, then nothing left to do', async () => {
    const own = desk();
    await cli(['init', 'rules'], { cwd: own.cwd });
    const planned = await own.as('usr_vic', 'plan rules');
    expect([planned.code, planned.out.includes('+ policies/10-access.cedar')]).toEqual([0, true]);
    expect((await own.as('usr_root', 'apply rules --dry-run')).err).toContain('would replace');
    expect((await own.as('usr_vic', 'apply rules')).code).toBe(3);
    expect((await own.as('usr_root', 'apply rules --expect r0')).code).toBe(1);
    expect((await own.as('usr_root', 'apply rules')).err).toBe(`in force: ${own.bundle.revision}\n`);
    expect((await own.as('usr_root', 'plan rules')).err).toContain('nothing would change');
  });
});

describe('replay and backtest', () => {
  test.each([
    ['all identical', {}, 0],
    ['some not kept', { notReplayable: { 'not-kept': 3 } }, 0],
    ['one different', { different: 1, differences: [{ decision: 'dec_1', members: ['answer'] }] }, 5],
    ['one tampered with', { notReplayable: { tampered: 1 } }, 5],
    ['no count at all', { different: null }, 5],
  ])('replay, %s', async (_name, change, exit) => {
    const report = { decisions: 4, identical: 4, different: 0, notReplayable: {}, differences: [], ...change };
    const work = { replay: async () => report, backtest: async () => ({}), usage: async () => ({}) };
    const ran = await desk(makeApi({ work })).as('usr_vic', 'replay');
    expect([ran.code, ran.out.includes('4 of 4 decisions re-evaluate identically')]).toEqual([exit, true]);
  });

  test('a backtest prints every flip with who, what and when, and the money', async () => {
    const flip = {
      decision: 'dec_1',
      seq: 3,
      at: '2026-06-01T12:00:00.000Z',
      direction: 'allow->deny',
      agent: AGENT.id,
      onBehalfOf: 'usr_ada',
      action: 'model.call',
      resource: 'plain',
      before: { code: 'ok', policies: [] },
      after: { code: 'data.class', policies: ['limit.class'] },
    };
    const report = {
      decisions: 3,
      compared: 3,
      same: 2,
      flips: [flip],
      flipped: { 'allow->deny': 1 },
      groups: [],
      notReplayable: { erased: 0 },
      approvals: { added: 0, saved: 1 },
      money: { saved: 250_000, added: 0 },
    };
    const own = desk(makeApi({ work: { replay: async () => ({}), backtest: async () => report, usage: async () => ({}) } }));
    await cli(['init', 'rules'], { cwd: own.cwd });
    const { code, out } = await own.as('usr_vic', 'policy backtest rules');
    expect(code).toBe(0);
    for (const text of [
      'allow->deny',
      AGENT.id,
      'usr_ada',
      'data.class',
      '2026-06-01T12:00:00.000Z',
      '3 of 3 decisions compared, 2 the same, 1 would flip',
      'money: $0.25 would not have been spent',
    ])
      expect(out).toContain(text);
    expect((await own.as('usr_vic', 'policy backtest rules --json')).json).toEqual(report);
  });

  test('policy usage prints what each policy decided, and which never did', async () => {
    const row = {
      policy: 'limit.class',
      layer: 'limit',
      decided: 3,
      lastAt: '2026-06-01T12:00:00.000Z',
      coveredBy: ['limit.other'],
    };
    const report = { revision: 'r1', decisions: 7, policies: [row], never: ['gate.old'], covered: ['limit.class'] };
    const own = desk(makeApi({ work: { replay: async () => ({}), backtest: async () => ({}), usage: async () => report } }));
    const { code, out } = await own.as('usr_vic', 'policy usage');
    expect(code).toBe(0);
    for (const text of ['limit.class', 'limit.other', '7 decisions; never decided: gate.old']) expect(out).toContain(text);
  });

  test('a job that fails says so', async () => {
    const other = desk(
      makeApi({
        work: {
          replay: () => Promise.reject(new Error('inside')),
          backtest: () => Promise.reject(new Error('inside')),
          usage: () => Promise.reject(new Error('inside')),
        },
      }),
    );
    const { code, err } = await other.as('usr_vic', 'replay');
    expect([code, err.includes('did not come to its end'), err.includes('inside')]).toEqual([1, true, false]);
  });
});

describe('ledger', () => {
  test('show, prove', async () => {
    const { as } = desk();
    expect((await as('usr_vic', 'ledger show 0')).out).toContain('node.started');
    const proof = await as('usr_vic', 'ledger prove 0');
    expect([proof.out, proof.err.includes('log.test/acme')]).toEqual(['c2sp.org/tlog-proof@v1\nindex 0\n', true]);
    expect((await as('usr_vic', 'ledger show dec_none')).code).toBe(1);
  });

  test('export writes what the server sends, and never over anything', async () => {
    const { as, cwd } = desk();
    expect((await as('usr_root', 'ledger export out')).code).toBe(0);
    expect(readFileSync(join(cwd, 'out/tile/entries/000.p/1'))).toEqual(Buffer.from([0, 1, 255]));
    expect((await as('usr_root', 'ledger export out')).code).toBe(1);
    expect((await as('usr_vic', 'ledger export other')).code).toBe(3);
  });

  test.each([
    ['climbs', '../evil'],
    ['is absolute', '/tmp/evil'],
    ['has a dot segment', 'a/../../evil'],
  ])('a server that sends a path that %s writes nothing', async (_name, path) => {
    const bad = makeApi({
      exports: {
        async *files() {
          yield { path, bytes: Buffer.from('x') };
        },
      },
    });
    const { as, cwd } = desk(bad);
    expect((await as('usr_root', 'ledger export out')).code).toBe(1);
    expect(readdirSync(join(cwd, 'out'))).toEqual([]);
  });

  test('an export that ends early is not taken for a whole one', async () => {
    const broken = makeApi({
      exports: {
        async *files() {
          yield { path: 'checkpoint', bytes: Buffer.from('x') };
          throw new Error('the disk is gone');
        },
      },
    });
    const { code, err } = await desk(broken).as('usr_root', 'ledger export out');
    expect([code, err.includes('ended early')]).toEqual([1, true]);
  });

  test('tail prints a line an entry, until it is told to stop', async () => {
    const stop = new AbortController();
    const { as } = desk();
    const { code, out } = await as('usr_vic', 'ledger tail --from 0 --json', { signal: stop.signal, onOut: () => stop.abort() });
    expect([code, JSON.parse(out.split('\n')[0] ?? '')]).toMatchObject([0, { seq: 0, type: 'node.started' }]);
  });
});
