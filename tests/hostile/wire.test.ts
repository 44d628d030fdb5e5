/** Clients that are too big, too slow or half gone: answered in time, and the process stays small. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, PATHS, type Wire, WIRES } from '../support/calls.ts';
import { entriesSince, expectGood, expectNothingOfOurs, sizeOf } from '../support/hostile.ts';
import { type Installation, openInstallation, type TestTask } from '../support/installation.ts';
import type { NodeProcess } from '../support/node-process.ts';
import { chunk, open, pour, type RawAnswer } from '../support/raw-http.ts';
import { roomy } from '../support/roomy.ts';

/** For a whole body, on these nodes: what a busy machine needs for the largest that is taken. */
const BODY_MS = 3_000;
const HUNDRED_MB = 100 * 1_024 * 1_024;
/** What the process may grow by, whatever comes. */
const GROWTH_MAX = 150 * 1_024 * 1_024;

let at: Installation;
let node: NodeProcess;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: roomy, server: { bodyMs: BODY_MS } });
  node = await at.nodeProcess('wire');
  task = await at.task();
  // A process that has not worked yet grows by its own code.
  for (let n = 0; n < 60; n++) await expectGood(node.url, task.key, WIRES[n % WIRES.length]);
});
afterAll(() => at?.close());

const headOf = (path: string, key: string, ...more: readonly string[]): string[] => [
  `POST ${path} HTTP/1.1`,
  'host: countersign',
  `authorization: Bearer ${key}`,
  'content-type: application/json',
  ...more,
];

/** Every place that reads a body, and who may speak there. */
const PLACES: readonly (readonly [string, () => string[]])[] = [
  ...WIRES.map((wire) => [wire, () => headOf(PATHS[wire], task.key)] as const),
  ['the management API', () => headOf('/api/v1/tasks', String(node.adminKey))],
  ['the decision API', () => headOf('/access/v1/evaluation', task.key)],
];

const isWire = (name: string): name is Wire => (WIRES as readonly string[]).includes(name);

function expectRefusal(place: string, answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.head.toLowerCase().includes('json')]).toEqual([status, true]);
  const json = JSON.parse(answer.body) as { error?: { message: string; code?: string }; code?: string };
  if (isWire(place)) expect(json.error?.message).toContain(`[${code}, request `);
  else expect(json.code).toBe(code);
  expectNothingOfOurs(answer.body);
}

/** The most that the process held while `work` ran, above what it held before. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
  const before = await node.rss();
  let most = before;
  let over = false;
  const watch = (async () => {
    while (!over) {
      most = Math.max(most, await node.rss());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await work();
  over = true;
  await watch;
  return most - before;
}

describe('a hundred megabytes', () => {
  test.each(PLACES)('announced to %s are refused unread', async (place, head) => {
    const { socket, answer } = open(node.url, [...head(), `content-length: ${HUNDRED_MB}`]);
    const poured = pour(socket, HUNDRED_MB);
    const told = await answer;
    socket.destroy();
    await poured;
    expectRefusal(place, told, 413, 'request.too-large');
  });

  test('in chunks, to everybody at once, are refused when the limit is passed, and the process stays small', async () => {
    const refused: [string, RawAnswer][] = [];
    const growth = await growthDuring(async () => {
      for (const [place, head] of PLACES) {
        const { socket, answer } = open(node.url, [...head(), 'transfer-encoding: chunked']);
        const poured = pour(socket, HUNDRED_MB, chunk);
        refused.push([place, await answer]);
        socket.destroy();
        await poured;
      }
    });
    for (const [place, answer] of refused) expectRefusal(place, answer, 413, 'request.too-large');
    if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
      process.stderr.write(`100 MB bodies: grew by ${Math.round(growth / 2 ** 20)} MB\n`);
    expect(growth).toBeLessThan(GROWTH_MAX);
  });

  test('of nesting cost no more than their bytes', async () => {
    const growth = await growthDuring(async () => {
      for (const wire of WIRES) {
        const body = `{"model":"gpt-5.5","input":${'['.repeat(10_000_000)}`;
        const { socket, answer } = open(node.url, [...headOf(PATHS[wire], task.key), `content-length: ${body.length}`]);
        socket.write(body);
        expectRefusal(wire, await answer, 400, 'request.invalid');
        socket.destroy();
      }
    });
    expect(growth).toBeLessThan(GROWTH_MAX);
  });
});

describe('slow clients', () => {
  /** One character now and then, and no end. */
  async function dripped(head: readonly string[], character: string): Promise<RawAnswer> {
    const { socket, answer } = open(node.url, [...head, 'content-length: 1000']);
    const drip = setInterval(() => socket.writable && socket.write(character), 200);
    const told = await answer;
    clearInterval(drip);
    socket.destroy();
    expect(told.ms).toBeLessThan(BODY_MS + 1_000);
    return told;
  }
  const page = ['POST /approve/apr_x HTTP/1.1', 'host: countersign', 'content-type: application/x-www-form-urlencoded'];

  test('get their answer when the time is up, byte by byte as it may be, everywhere at once', async () => {
    const size = await sizeOf(at);
    const [paged, ...answers] = await Promise.all([dripped(page, 'a'), ...PLACES.map(([, head]) => dripped(head(), ' '))]);
    for (const [n, told] of answers.entries()) {
      expectRefusal(PLACES[n]?.[0] ?? '', told, 408, 'request.timeout');
      expect(told.ms).toBeGreaterThanOrEqual(BODY_MS - 50);
    }
    expect(answers.length).toBe(PLACES.length);
    // Anybody may reach the page of an approval.
    expect(paged?.status).toBeGreaterThanOrEqual(400);
    expect((await entriesSince(at, size)).map(({ decision }) => decision?.code)).toEqual(WIRES.map(() => 'request.timeout'));
  });
});

describe('a client that is half gone', () => {
  test.each(WIRES)('after its whole request counts as gone, and what it asked for has an end on record: %s', async (wire) => {
    const size = await sizeOf(at);
    const body = JSON.stringify(bodyOf(wire));
    const { socket, closed } = open(node.url, [...headOf(PATHS[wire], task.key), `content-length: ${Buffer.byteLength(body)}`]);
    socket.end(body);
    await closed;
    const ends = async (): Promise<readonly (string | undefined)[]> =>
      (await entriesSince(at, size)).map(({ decision, outcome }) => decision?.code ?? outcome?.status);
    await expect.poll(ends, { timeout: 3_000 }).toEqual(['ok', expect.stringMatching(/^(?:cancelled|released|done)$/)]);
  });

  test.each(WIRES)('in the middle of its body is refused, and that is on record: %s', async (wire) => {
    const size = await sizeOf(at);
    const seen = at.upstream.seen.length;
    const { socket, answer } = open(node.url, [...headOf(PATHS[wire], task.key), 'content-length: 1000']);
    socket.end('{"model":');
    expect((await answer).status).toBe(400);
    await expect
      .poll(async () => (await entriesSince(at, size)).map(({ decision }) => decision?.code), { timeout: 2_000 })
      .toEqual(['request.invalid']);
    expect(at.upstream.seen.length).toBe(seen);
  });

  test('and gone before an answer costs no more than was reserved, and gives the place back', async () => {
    at.upstream.script = () => ({ mode: 'silent' });
    const body = JSON.stringify(bodyOf('responses'));
    const size = await sizeOf(at);
    const { socket } = open(node.url, [...headOf(PATHS.responses, task.key), `content-length: ${Buffer.byteLength(body)}`]);
    socket.write(body);
    await expect.poll(() => at.upstream.seen.at(-1)?.bytes.toString('utf8')).toBe(body);
    socket.destroy();
    await expect
      .poll(async () => (await entriesSince(at, size)).map(({ outcome }) => outcome?.status ?? ''), { timeout: 3_000 })
      .toEqual(['', 'cancelled']);
    await expect.poll(() => at.upstream.seen.at(-1)?.aborted).toBe(true);
    at.upstream.script = () => ({});
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['noise', '\u0000\u0001\u0002\r\n\r\n'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n'],
    ['a method that is none', 'STEAL / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a header line that is folded', 'GET /v1/models HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n b: 2\r\n\r\n'],
    ['a megabyte of headers', `GET /v1/models HTTP/1.1\r\nhost: x\r\n${'x-a: 1234567890\r\n'.repeat(65_536)}\r\n`],
  ])('%s ends the connection, and nothing else', async (_name, bytes) => {
    const { socket, answer, closed } = open(node.url, ['']);
    socket.write(Buffer.from(bytes, 'latin1'));
    const { status, body } = await answer;
    expect([0, 400, 431]).toContain(status);
    expectNothingOfOurs(body);
    socket.destroy();
    await closed;
    expect(node.alive).toBe(true);
  });

  test('five hundred connections that say nothing shut nobody out who was there before', async () => {
    const idle = Array.from({ length: 500 }, () => open(node.url, ['POST /v1/responses HTTP/1.1', 'host: x']));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expectGood(node.url, task.key);
    for (const { socket } of idle) socket.destroy();
  });
});

test('and a good call is answered after all of that, by the same process', async () => {
  expect(node.alive).toBe(true);
  for (const wire of WIRES) await expectGood(node.url, task.key, wire);
  expect(node.said.filter((line) => line.includes('uncaught'))).toEqual([]);
});
