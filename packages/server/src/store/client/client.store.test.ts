import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import type { ClientEvent } from '../../ports/client-evidence.ts';
import type { HookCallRow, HookCalls } from '../../ports/hook-calls.ts';
import { entriesOf, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { openHookCalls, PostgresCoverage, PostgresEvidence } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let calls: HookCalls;
let evidence: PostgresEvidence;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  calls = openHookCalls(rig.store);
  evidence = new PostgresEvidence(rig, newId);
});
afterAll(async () => {
  await rig.close();
  await db.drop();
});

const session = (name: string) => ({ org: ORG, agent: 'fixer', client: 'codex' as const, session: name });
const asked = (name: string, over: Partial<HookCallRow> = {}): HookCallRow => ({
  ...session(name),
  turn: 't1',
  call: 'c1',
  digest: 'd1',
  tool: 'Bash',
  event: 'PreToolUse',
  word: 'allow',
  decision: 'dec_1',
  ...over,
});
const SAME = { turn: 't1', digest: 'd1', withinMs: 60_000 };

describe('where a session works', () => {
  test('is what it said first, for each agent by itself', async () => {
    const where = session('root');
    expect(await calls.rootOf(where, undefined)).toBeUndefined();
    expect(await calls.rootOf(where, '/checkout')).toBe('/checkout');
    expect(await calls.rootOf(where, '/')).toBe('/checkout');
    expect(await calls.rootOf(where, undefined)).toBe('/checkout');
    expect(await calls.rootOf({ ...where, agent: 'other' }, undefined)).toBeUndefined();
  });
});

describe('an allow stands in for the second question', () => {
  test('once, in its turn, for the same request, and not for long', async () => {
    await calls.put(asked('once'));
    expect(await calls.take(session('once'), { ...SAME, turn: 't2' })).toBeUndefined();
    expect(await calls.take(session('once'), { ...SAME, digest: 'd2' })).toBeUndefined();
    expect(await calls.take({ ...session('once'), agent: 'other' }, SAME)).toBeUndefined();
    expect(await calls.take(session('once'), { ...SAME, withinMs: 0 })).toBeUndefined();
    expect(await calls.take(session('once'), SAME)).toEqual({ decision: 'dec_1', call: 'c1' });
    expect(await calls.take(session('once'), SAME)).toBeUndefined();
  });

  test('never for what was told to wait or denied, and a new question ends an old allow', async () => {
    expect(await calls.asked(session('word'), SAME)).toBe(false);
    await calls.put(asked('word', { word: 'ask' }));
    expect(await calls.asked(session('word'), SAME)).toBe(true);
    expect(await calls.asked(session('word'), { ...SAME, turn: 't2' })).toBe(false);
    expect(await calls.take(session('word'), SAME)).toBeUndefined();
    await calls.put(asked('word'));
    await calls.put(asked('word', { word: 'deny', call: 'c2' }));
    expect(await calls.take(session('word'), SAME)).toBeUndefined();
    expect(await calls.asked(session('word'), SAME)).toBe(false);
  });

  test('of many who take at once, one gets it', async () => {
    await calls.put(asked('many'));
    const taken = await Promise.all(Array.from({ length: 10 }, () => calls.take(session('many'), SAME)));
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
  });
});

const event = (name: string, over: Partial<ClientEvent> = {}): ClientEvent => ({
  client: 'codex',
  session: name,
  name: 'codex.tool_result',
  call: 'c1',
  tool: 'Bash',
  at: '2026-11-28T12:00:00.000Z',
  ran: true,
  refused: false,
  outside: false,
  attributes: '{"a":1}',
  ...over,
});
const add = (agent: string, ...events: readonly ClientEvent[]) =>
  evidence.add({ org: ORG, agent, mandate: 'man_1', task: 'tsk_1', days: 30, events });

describe('what clients say is joined to what they asked', () => {
  test('asked and allowed, at once or by a person', async () => {
    await calls.put(asked('joined'));
    await calls.put(asked('joined', { call: 'c2', digest: 'd2', word: 'ask' }));
    await calls.put(asked('joined', { call: null, digest: 'd2', event: 'PermissionRequest', decision: 'dec_2' }));
    expect(await add('fixer', event('joined'), event('joined', { call: 'c2' }))).toBe(0);
    // Told again, as exporters do.
    expect(await add('fixer', event('joined'))).toBe(0);
    expect(await evidence.rates(ORG, 'fixer')).toEqual([{ client: 'codex', ran: 2, allowed: 2, denied: 0, missing: 0 }]);
  });

  test('denied, never asked, or outside of its sandbox is a finding, with an entry', async () => {
    await calls.put(asked('found', { agent: 'stray', word: 'deny' }));
    await calls.put(asked('found', { agent: 'stray', call: 'c3', digest: 'd3' }));
    const said = [
      event('found'),
      event('found', { call: 'c2' }),
      event('found', { call: 'c3', outside: true }),
      event('found', { call: 'c4', ran: false }),
    ];
    expect(await add('stray', ...said)).toBe(3);
    const { data } = await evidence.findings(ORG, { limit: 10, agent: 'stray' });
    expect(data.map(({ code, call, said: text }) => [code, call, text])).toEqual([
      ['ran.unsandboxed', 'c3', '{"a":1}'],
      ['ran.unasked', 'c2', '{"a":1}'],
      ['ran.denied', 'c1', '{"a":1}'],
    ]);
    const entries = ofType(await entriesOf(rig.store), 'client.finding');
    expect(entries.map(({ principal, task, detail }) => [principal, task, detail.code, detail.call])).toEqual([
      ['stray', 'tsk_1', 'ran.denied', 'c1'],
      ['stray', 'tsk_1', 'ran.unasked', 'c2'],
      ['stray', 'tsk_1', 'ran.unsandboxed', 'c3'],
    ]);
  });

  test('a call that the client refused did not run, whenever it says so', async () => {
    const decision = (call: string) => event('refused', { call, name: 'codex.tool_decision', ran: false, refused: true });
    expect(await add('shy', decision('c1'), event('refused'))).toBe(0);
    expect(await add('shy', decision('c2'))).toBe(0);
    expect(await add('shy', event('refused', { call: 'c2' }))).toBe(0);
    expect(await evidence.rates(ORG, 'shy')).toEqual([]);
  });

  test('the words of one agent are not those of another', async () => {
    await calls.put(asked('theirs'));
    expect(await add('thief', event('theirs'))).toBe(1);
  });

  test('pages, and without days nothing is kept of what was said', async () => {
    await evidence.add({
      org: ORG,
      agent: 'quiet',
      mandate: null,
      task: null,
      days: 0,
      events: [event('q'), event('q', { call: 'c2' })],
    });
    const first = await evidence.findings(ORG, { limit: 1, agent: 'quiet' });
    expect(first.data.map(({ said }) => said)).toEqual([null]);
    const second = await evidence.findings(ORG, { limit: 1, agent: 'quiet', cursor: String(first.nextCursor) });
    expect([second.data.length, second.nextCursor]).toEqual([1, undefined]);
  });
});

test('a cap is lifted by a person only', async () => {
  const coverage = new PostgresCoverage(rig);
  const report = (outcome: 'stopped' | 'uncovered', kind: 'person' | 'agent') =>
    coverage.report({
      org: ORG,
      agent: 'fixer',
      client: 'claude',
      version: '2.1.329',
      rows: [{ bypass: 'exec.native', outcome, by: '' }],
      accepted: [],
      by: { kind, id: kind === 'person' ? 'grace@example.com' : 'fixer' },
    });
  expect(await report('stopped', 'agent')).toBe(false);
  expect(await report('uncovered', 'agent')).toBe(true);
  expect(await report('stopped', 'agent')).toBe(true);
  expect(await report('stopped', 'person')).toBe(false);
  const told = ofType(await entriesOf(rig.store), 'client.coverage').map(({ detail }) => [
    detail.capped,
    detail.uncovered,
    detail.by,
  ]);
  expect(told).toEqual([
    [false, [], 'fixer'],
    [true, ['exec.native'], 'fixer'],
    [true, [], 'fixer'],
    [false, [], 'grace%40example.com'],
  ]);
});
