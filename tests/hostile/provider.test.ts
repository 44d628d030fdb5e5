/** Providers that misbehave: the caller hears of it in its own format, the record says how it ended, and nothing of theirs leaks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editYaml, type Installation, openInstallation, type TestTask } from '../support/installation.ts';
import type { Turn } from '../../packages/server/src/gateway/model/testing/scripted-upstream.ts';
import { bodyOf, call, codeOf, WIRES, type Wire } from '../support/calls.ts';
import { entriesSince, expectGood, expectNothingOfOurs, expectWireError, type Recorded, sizeOf } from '../support/hostile.ts';
import { roomy } from '../support/roomy.ts';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({
    governance: (dir) => {
      roomy(dir);
      for (const file of readdirSync(join(dir, 'models')))
        editYaml(join(dir, 'models', file), (root) => {
          root.set('timeouts', { connect: '500ms', firstByte: '700ms', idle: '700ms', total: '5s' });
          root.delete('fallbacks');
        });
    },
  });
  task = await at.task();
});
afterAll(() => at?.close());

const SECRET = 'org-acme-7777 sk-proj-abcdefghijklmnop https://internal.example.net/x';
const vendor = (type: string, message: string): string => JSON.stringify({ type: 'error', error: { type, message, code: type } });

interface Case {
  readonly turn: Turn;
  readonly status: number;
  readonly code: string;
  readonly outcome: string;
  /** Whether anything is charged. */
  readonly charged: boolean;
}

const status = (code: number, type: string, headers: Readonly<Record<string, string>> = {}): Turn => ({
  mode: 'status',
  status: code,
  body: vendor(type, `Refused: ${SECRET}`),
  headers,
});

const WHOLE: Readonly<Record<string, Case>> = {
  'a page instead of JSON': {
    turn: { mode: 'garbage' },
    status: 502,
    code: 'upstream.garbage',
    outcome: 'unknown',
    charged: true,
  },
  'something that is not HTTP': {
    turn: { mode: 'not-http' },
    status: 502,
    code: 'upstream.garbage',
    outcome: 'unknown',
    charged: true,
  },
  'a connection that is reset': {
    turn: { mode: 'reset' },
    status: 502,
    code: 'upstream.unavailable',
    outcome: 'unknown',
    charged: true,
  },
  silence: { turn: { mode: 'silent' }, status: 504, code: 'upstream.timeout', outcome: 'unknown', charged: true },
  '401': { turn: status(401, 'authentication_error'), status: 502, code: 'upstream.refused', outcome: 'failed', charged: false },
  '403': { turn: status(403, 'permission_error'), status: 502, code: 'upstream.refused', outcome: 'failed', charged: false },
  '400': { turn: status(400, 'invalid_request_error'), status: 400, code: 'upstream.refused', outcome: 'failed', charged: false },
  '429': {
    turn: status(429, 'rate_limit_error', { 'retry-after': '7' }),
    status: 429,
    code: 'request.rate-limited',
    outcome: 'failed',
    charged: false,
  },
  '500': { turn: status(500, 'server_error'), status: 500, code: 'upstream.unavailable', outcome: 'failed', charged: false },
  '503': { turn: status(503, 'overloaded'), status: 503, code: 'upstream.unavailable', outcome: 'failed', charged: false },
  'a redirect': {
    turn: { mode: 'status', status: 302, body: '', headers: { location: 'http://169.254.169.254/' } },
    status: 502,
    code: 'upstream.refused',
    outcome: 'failed',
    charged: false,
  },
  'an answer that ends early': {
    turn: { mode: 'break' },
    status: 502,
    code: 'upstream.unavailable',
    outcome: 'unknown',
    charged: true,
  },
};

/** The breaker opens after failures in a row, rightly; good calls in between keep it closed. */
async function calm(wire: Wire): Promise<void> {
  at.upstream.script = () => ({});
  await expect
    .poll(async () => (await call(at.server.url, task.key, { wire })).status, { timeout: 15_000, interval: 200 })
    .toBe(200);
  for (let n = 0; n < 3; n++) await expectGood(at.server.url, task.key, wire);
  await quiet();
}

/** Resolves when every decision so far has its outcome. */
async function quiet(): Promise<void> {
  const open = async (): Promise<number> => {
    const { json } = await at.admin.get('/api/v1/budgets', { scope: `mandate:${task.mandate}` });
    return (json['data'] as { reserved: number }[])[0]?.reserved ?? 0;
  };
  await expect.poll(open, { timeout: 5_000, interval: 30 }).toBe(0);
}

const ended = (entries: readonly Recorded[]): readonly Recorded[] => entries.filter(({ type }) => type === 'outcome');
const decided = (entries: readonly Recorded[]): readonly Recorded[] => entries.filter(({ type }) => type === 'decision');

describe.each(WIRES)('%s, whole answers', (wire) => {
  test.each(Object.entries(WHOLE))('%s', async (name, { turn, status: wanted, code, outcome, charged }) => {
    await calm(wire);
    const size = await sizeOf(at);
    at.upstream.script = () => turn;
    const told = await call(at.server.url, task.key, { wire });
    await quiet();
    expect([told.status, codeOf(told)]).toEqual([wanted, code]);
    expectWireError(wire, told);
    expect(told.text).not.toMatch(/acme|sk-proj|internal\.example/);
    expect(told.headers.get('retry-after')).toBe(name === '429' ? '7' : null);
    const entries = await entriesSince(at, size);
    // One act each, and what is tried again is decided and recorded again.
    expect(decided(entries).map(({ decision }) => decision?.answer)).toEqual(ended(entries).map(() => 'allow'));
    expect(ended(entries).at(-1)?.outcome).toMatchObject({ status: outcome, code });
    expect(ended(entries).at(-1)?.cost !== undefined).toBe(charged);
    at.upstream.script = () => ({});
  });
});

const STREAMS: Readonly<Record<string, { readonly turn: Turn; readonly outcome: string }>> = {
  'a stream that stalls': { turn: { mode: 'stall' }, outcome: 'upstream.timeout' },
  'a stream that is cut before its end': { turn: { mode: 'cut' }, outcome: 'upstream.' },
  'a stream whose connection breaks': { turn: { mode: 'break' }, outcome: 'upstream.unavailable' },
  'a stream that breaks inside an event': { turn: { mode: 'break-inside' }, outcome: 'upstream.unavailable' },
  'a stream of garbage': { turn: { mode: 'garbage' }, outcome: 'upstream.' },
};

/** What each vendor's clients take for success. */
const SUCCESS: Readonly<Record<Wire, string>> = { responses: 'response.completed', chat: '[DONE]', messages: 'message_stop' };

describe.each(WIRES)('%s, streams', (wire) => {
  test.each(Object.entries(STREAMS))('%s', async (_name, { turn, outcome }) => {
    await calm(wire);
    const size = await sizeOf(at);
    at.upstream.script = () => turn;
    const told = await call(at.server.url, task.key, { wire, body: bodyOf(wire, { stream: true }) }).catch(() => undefined);
    await quiet();
    // Whatever the client got, it is not a success, and it is told in the events of its format.
    expect(told?.text ?? '').not.toContain(SUCCESS[wire]);
    if (told !== undefined) {
      expect(told.text).toMatch(/error|failed/);
      expectNothingOfOurs(told.text);
    }
    const [end, ...more] = ended(await entriesSince(at, size));
    expect([more, end?.outcome?.status, end?.cost !== undefined]).toEqual([[], 'failed', true]);
    expect(end?.outcome?.code).toContain(outcome);
    at.upstream.script = () => ({});
  });
});
