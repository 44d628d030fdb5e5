import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import { SERVER_ITSELF, type PinVerdict, type SightedPin } from '../../ports/tool-pins.ts';
import { SESSIONS_PER_PRINCIPAL_MAX, TOOL_TASKS_PER_PRINCIPAL_MAX, type ToolTaskDraft } from '../../ports/tool-session.ts';
import { openOutbox } from '../outbox/index.ts';
import { entriesOf, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { openToolNonces, openToolSessions, openToolTasks, PostgresToolPins } from './index.ts';

let db: FreshDatabase;
let here: Rig;
let there: Rig;

beforeAll(async () => {
  db = await freshDatabase();
  here = await openRig(db.connection);
  there = await openRig(db.connection);
});
afterAll(async () => {
  await here.close();
  await there.close();
  await db.drop();
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a session', () => {
  const draft = (principal: string, id = newId('ses')) => ({
    org: ORG,
    id: hash(id),
    principal,
    mandate: 'man_1',
    credential: 'crd_1',
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'a\u0000b' },
  });

  test('is found by every node, by its owner alone, and keeps what changed', async () => {
    const [mine, theirs] = [openToolSessions(here.store), openToolSessions(there.store)];
    const given = draft('fixer');
    const opened = await mine.open(given);
    expect(opened).toMatchObject({ ...given, logLevel: null, ready: false });
    expect(await theirs.find(given)).toEqual(opened);
    expect(await theirs.find({ ...given, principal: 'other' })).toBeUndefined();
    expect(await theirs.touch({ ...given, principal: 'other' }, { ready: true })).toBe(false);
    expect(await theirs.touch(given, { ready: true, logLevel: 'debug' })).toBe(true);
    expect(await theirs.touch(given)).toBe(true);
    expect(await mine.find(given)).toMatchObject({ ready: true, logLevel: 'debug' });
    await expect(mine.open(given)).rejects.toMatchObject({ code: 'request.conflict' });
    expect(await theirs.end({ ...given, principal: 'other' })).toBe(false);
    expect(await theirs.end(given)).toBe(true);
    expect([await mine.find(given), await mine.touch(given), await mine.end(given)]).toEqual([undefined, false, false]);
  });

  test('is gone when it was idle for too long, before it is swept', async () => {
    const sessions = openToolSessions(here.store);
    const given = draft('idler');
    await sessions.open(given);
    await here.store.query(`update tool_session set last_seen = clock_timestamp() - interval '31 minutes' where id = $1`, [
      given.id,
    ]);
    expect([await sessions.find(given), await sessions.touch(given)]).toEqual([undefined, false]);
    expect(await sessions.sweep()).toBe(1);
    expect(await sessions.sweep()).toBe(0);
  });

  test('of a principal with too many ends the one that was unused longest', async () => {
    const sessions = openToolSessions(here.store);
    const all = Array.from({ length: SESSIONS_PER_PRINCIPAL_MAX + 6 }, () => draft('many'));
    const [first, ...rest] = all;
    if (first === undefined) throw new Error('none');
    await sessions.open(first);
    await here.store.query(`update tool_session set last_seen = last_seen - interval '1 minute' where id = $1`, [first.id]);
    await Promise.all(rest.map((each, index) => openToolSessions((index % 2 === 0 ? here : there).store).open(each)));
    const [row] = await here.store.query<{ n: number }>(`select count(*)::int as n from tool_session where principal = 'many'`);
    expect(row?.n).toBe(SESSIONS_PER_PRINCIPAL_MAX);
    expect(await sessions.find(first)).toBeUndefined();
  });
});

describe('a task', () => {
  const draft = (principal: string, more: Partial<ToolTaskDraft> = {}): ToolTaskDraft => ({
    org: ORG,
    id: newId('tsk'),
    principal,
    mandate: null,
    credential: 'crd_1',
    tool: 'issues__close',
    approval: 'apr_1',
    requestDigest: hash('x'),
    request: Buffer.from([0, 1, 255]),
    message: 'Waits for a person.',
    ttlMs: 60_000,
    ...more,
  });

  test('is claimed once by all nodes together, and ends once', async () => {
    const given = draft('fixer');
    const opened = await openToolTasks(here.store).open(given);
    expect(opened).toMatchObject({ state: 'working', result: null, approval: 'apr_1' });
    expect(Buffer.from(opened.request)).toEqual(Buffer.from([0, 1, 255]));
    const nodes = [openToolTasks(here.store), openToolTasks(there.store)];
    const claims = await Promise.all(Array.from({ length: 50 }, (_, at) => nodes[at % 2]?.claim(given)));
    expect(claims.filter((claimed) => claimed === true)).toHaveLength(1);
    expect(await nodes[0]?.cancel(given, 'too late')).toMatchObject({ state: 'acting' });
    const end = { state: 'completed', message: 'Done.', result: Buffer.from('sealed') } as const;
    expect(await nodes[1]?.finish({ ...given, principal: 'other' }, end)).toBe(false);
    expect(await nodes[1]?.finish(given, end)).toBe(true);
    expect(await nodes[0]?.finish(given, { ...end, state: 'failed' })).toBe(false);
    expect(await nodes[0]?.find(given)).toMatchObject({ state: 'completed', message: 'Done.' });
    expect(await nodes[0]?.find({ ...given, principal: 'other' })).toBeUndefined();
    await expect(nodes[0]?.open(given)).rejects.toMatchObject({ code: 'request.conflict' });
  });

  test('that was cancelled is never claimed, and one that is over is gone', async () => {
    const tasks = openToolTasks(here.store);
    const given = draft('fixer');
    await tasks.open(given);
    expect(await tasks.cancel(given, 'Cancelled.')).toMatchObject({ state: 'cancelled', message: 'Cancelled.' });
    expect(await tasks.claim(given)).toBe(false);
    const short = draft('fixer', { ttlMs: 1 });
    await tasks.open(short);
    await new Promise((wake) => setTimeout(wake, 20));
    expect([await tasks.find(short), await tasks.claim(short)]).toEqual([undefined, false]);
    expect(await tasks.sweep()).toBeGreaterThan(0);
  });

  test('beyond what a principal may have open is refused', async () => {
    const tasks = openToolTasks(here.store);
    for (let count = 0; count < TOOL_TASKS_PER_PRINCIPAL_MAX; count++) await tasks.open(draft('hoarder'));
    await expect(tasks.open(draft('hoarder'))).rejects.toMatchObject({ code: 'request.rate-limited' });
    await tasks.open(draft('somebody-else'));
  });
});

test('a value is used once, however many ask at once on however many nodes', async () => {
  const nodes = [openToolNonces(here.store), openToolNonces(there.store)];
  const later = Date.now() + 60_000;
  const used = await Promise.all(Array.from({ length: 50 }, (_, at) => nodes[at % 2]?.consume(ORG, 'n1', later)));
  expect(used.filter((first) => first === true)).toHaveLength(1);
  expect(await nodes[0]?.consume('org_other', 'n1', later)).toBe(true);
  expect(await nodes[0]?.consume(ORG, 'old', Date.now() - 2 * 3_600_000)).toBe(true);
  expect(await nodes[0]?.sweep()).toBe(1);
  expect(await nodes[0]?.consume(ORG, 'n1', later)).toBe(false);
});

describe('pins', () => {
  const pin = (name: string, text = name, more: Partial<SightedPin> = {}): SightedPin => ({
    name,
    pin: hash(text),
    definition: { name, description: text },
    findings: [],
    vouched: false,
    ...more,
  });
  const verdict = (server: string, pins: readonly SightedPin[], more: Partial<PinVerdict> = {}): PinVerdict => ({
    org: ORG,
    server,
    pins: pins.map(({ name, pin: hashed }) => ({ name, pin: hashed })),
    answer: 'approve',
    by: 'ada@example.com',
    reason: 'looked at it',
    decision: 'dec_1',
    ...more,
  });
  const rowsOf = async (rig: Rig, server: string) => {
    const { records } = await new PostgresToolPins(rig).changes(ORG, 0);
    return records
      .filter((record) => record.server === server)
      .map(({ name, state, missingSince, decidedBy }) => [name, state, missingSince !== null, decidedBy])
      .sort();
  };
  const told = async (server: string) =>
    (await entriesOf(here.store)).flatMap((entry) => {
      if (!entry.type.startsWith('tool.') || !('detail' in entry)) return [];
      const detail = entry.detail as Record<string, unknown>;
      return detail['server'] === server ? [[entry.type, detail['tool'], detail['code']]] : [];
    });

  test('of a new server wait, once for all nodes, with an entry each and one message', async () => {
    const nodes = [new PostgresToolPins(here), new PostgresToolPins(there)];
    const before = (await nodes[0]?.version(ORG)) ?? 0;
    const sighting = { org: ORG, server: 'new', pins: [pin(SERVER_ITSELF, 's'), pin('a'), pin('b')], refused: [] };
    const changed = await Promise.all(Array.from({ length: 10 }, (_, at) => nodes[at % 2]?.observe(sighting)));
    expect(changed.filter((any) => any === true)).toHaveLength(1);
    expect(await rowsOf(there, 'new')).toEqual([
      ['', 'quarantined', false, null],
      ['a', 'quarantined', false, null],
      ['b', 'quarantined', false, null],
    ]);
    expect(await told('new')).toEqual([
      ['tool.quarantined', undefined, 'new'],
      ['tool.quarantined', 'a', 'new'],
      ['tool.quarantined', 'b', 'new'],
    ]);
    const sent = await openOutbox(here.store).claimOutbox(100);
    expect(sent.filter(({ kind }) => kind === 'tool.quarantined').map(({ body }) => body)).toEqual([
      { server: 'new', tools: ['', 'a', 'b'] },
    ]);
    const { version, records } = (await nodes[1]?.changes(ORG, before)) ?? { version: 0, records: [] };
    expect([version > before, records.length]).toEqual([true, 3]);
    expect(await nodes[1]?.changes(ORG, version)).toEqual({ version, records: [] });
  });

  test('are decided as they were shown, and nothing else is', async () => {
    const pins = new PostgresToolPins(here);
    const [server, a] = [pin(SERVER_ITSELF, 'd'), pin('a', 'one')];
    await pins.observe({ org: ORG, server: 'decided', pins: [server, a], refused: [] });
    await expect(pins.decide(verdict('decided', [server, pin('a', 'two')]))).rejects.toMatchObject({ code: 'approval.stale' });
    expect((await rowsOf(here, 'decided')).map(([, state]) => state)).toEqual(['quarantined', 'quarantined']);
    await pins.decide(verdict('decided', [server, a]));
    await pins.decide(verdict('decided', [server, a]));
    expect(await rowsOf(here, 'decided')).toEqual([
      ['', 'pinned', false, 'ada@example.com'],
      ['a', 'pinned', false, 'ada@example.com'],
    ]);
    expect((await told('decided')).filter(([type]) => type === 'tool.pinned')).toEqual([
      ['tool.pinned', undefined, 'person'],
      ['tool.pinned', 'a', 'person'],
    ]);
    // What stands is still the same the next time it is seen.
    expect(await pins.observe({ org: ORG, server: 'decided', pins: [server, a], refused: [] })).toBe(false);
  });

  test('that change wait again; the old one stands until the new one is approved, and is then no way back', async () => {
    const pins = new PostgresToolPins(here);
    const [old, next] = [pin('a', 'old'), pin('a', 'next')];
    const see = (seen: SightedPin) => pins.observe({ org: ORG, server: 'changing', pins: [seen], refused: [] });
    await see(old);
    await pins.decide(verdict('changing', [old]));
    await see(next);
    expect((await told('changing')).at(-1)).toEqual(['tool.quarantined', 'a', 'changed']);
    expect(await rowsOf(here, 'changing')).toEqual([
      ['a', 'pinned', false, 'ada@example.com'],
      ['a', 'quarantined', false, null],
    ]);
    await pins.decide(verdict('changing', [next]));
    expect((await rowsOf(here, 'changing')).map(([, state]) => state)).toEqual(['pinned', 'replaced']);
    await see(old);
    expect((await told('changing')).at(-1)).toEqual(['tool.quarantined', 'a', 'replaced']);
  });

  test('that are gone are marked, and come back as what they were', async () => {
    const pins = new PostgresToolPins(here);
    const [a, b] = [pin('a', 'ga'), pin('b', 'gb')];
    const see = (seen: SightedPin[], refused: string[] = []) => pins.observe({ org: ORG, server: 'going', pins: seen, refused });
    await see([a, b]);
    await pins.decide(verdict('going', [a, b]));
    await see([b], ['a']);
    expect((await told('going')).at(-1)?.[0]).toBe('tool.pinned');
    await see([b]);
    expect((await told('going')).at(-1)).toEqual(['tool.removed', 'a', undefined]);
    expect(await rowsOf(here, 'going')).toEqual([
      ['a', 'pinned', true, 'ada@example.com'],
      ['b', 'pinned', false, 'ada@example.com'],
    ]);
    await expect(pins.decide(verdict('going', [a], { answer: 'reject' }))).rejects.toMatchObject({ code: 'approval.stale' });
    expect([await see([a, b]), await see([a, b])]).toEqual([true, false]);
    expect((await rowsOf(here, 'going')).map(([, , missing]) => missing)).toEqual([false, false]);
  });

  test('that the bundle approves stand as long as it does, unless a person said otherwise', async () => {
    const pins = new PostgresToolPins(here);
    const see = (vouched: boolean) =>
      pins.observe({ org: ORG, server: 'vouched', pins: [pin('a', 'va', { vouched })], refused: [] });
    await see(true);
    expect(await told('vouched')).toEqual([['tool.pinned', 'a', 'bundle']]);
    await see(false);
    expect((await rowsOf(here, 'vouched')).map(([, state]) => state)).toEqual(['quarantined']);
    await see(true);
    await pins.decide(verdict('vouched', [pin('a', 'va')], { answer: 'reject' }));
    expect(await see(true)).toBe(false);
    expect((await rowsOf(here, 'vouched')).map(([, state]) => state)).toEqual(['rejected']);
    expect((await told('vouched')).at(-1)?.[0]).toBe('tool.rejected');
  });

  test('of a server with very many tools are one transaction', async () => {
    const pins = new PostgresToolPins(here);
    const many = Array.from({ length: 500 }, (_, at) =>
      pin(`tool_${at}`, `m${at}`, { findings: [{ rule: 'hidden-text', kind: 'hidden', path: '/x', excerpt: '\\u{200b}' }] }),
    );
    expect(await pins.observe({ org: ORG, server: 'many', pins: many, refused: [] })).toBe(true);
    expect(ofType(await entriesOf(here.store), 'tool.quarantined').filter(({ detail }) => detail.server === 'many')).toHaveLength(
      500,
    );
    expect((await rowsOf(there, 'many')).length).toBe(500);
  });
});
