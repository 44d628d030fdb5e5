/**
 * Random damage to a body as Codex sends it. Never a failure of ours, never a crash, and whatever gets through is read by the provider as
 * policy read it. COUNTERSIGN_FUZZ_RUNS sets the number of bodies.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseBody } from '../../packages/server/src/gateway/wire/parse.ts';
import { call } from '../support/calls.ts';
import { expectGood, expectWireError } from '../support/hostile.ts';
import { type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';

const RUNS = Number(process.env['COUNTERSIGN_FUZZ_RUNS'] ?? 500);

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: roomy });
  task = await at.task({ budgetMicroUsd: 100_000_000_000 });
});
afterAll(() => at?.close());

/** What Codex sends: instructions, a conversation with tool calls and their results, tools, reasoning, a cache key. */
const CODEX = Buffer.from(
  JSON.stringify({
    model: 'gpt-5.5',
    instructions: 'You are a coding agent running in a terminal. Be precise, safe and helpful.',
    input: [
      {
        type: 'message',
        role: 'developer',
        content: [{ type: 'input_text', text: '<permissions>\nworkspace-write\n</permissions>' }],
      },
      {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: 'Fix the failing test "slugs" — ünïcode and \ud83d\ude00 included.' }],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAABo+/=' },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'shell', arguments: '{"command":["bash","-lc","npm test"]}' },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: '{"output":"1 failing\\n","metadata":{"exit_code":1,"duration_seconds":0.5}}',
      },
    ],
    tools: [
      {
        type: 'function',
        name: 'shell',
        strict: false,
        parameters: {
          type: 'object',
          properties: { command: { type: 'array', items: { type: 'string' } } },
          required: ['command'],
          additionalProperties: false,
        },
      },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    reasoning: { effort: 'medium', summary: 'auto' },
    store: false,
    stream: false,
    include: ['reasoning.encrypted_content'],
    max_output_tokens: 400,
    prompt_cache_key: '0199c0de-0000-7000-8000-000000000000',
  }),
);

type Change = (bytes: Buffer) => Buffer;

const at_ = fc.nat({ max: CODEX.length - 1 });
/** Bytes that mean something to a parser of JSON more often than chance would have it. */
const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]":,\\0 \n-+.eEtfnu/')), fc.integer({ min: 0, max: 255 }));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at_, byte).map(
    ([where, value]): Change =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        copy[where % copy.length] = value;
        return copy;
      },
  ),
  fc.tuple(at_, fc.array(byte, { minLength: 1, maxLength: 6 })).map(
    ([where, values]): Change =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, where), Buffer.from(values), bytes.subarray(where)]),
  ),
  fc.tuple(at_, fc.integer({ min: 1, max: 12 })).map(
    ([where, length]): Change =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + length)]),
  ),
  fc.tuple(at_, at_, fc.integer({ min: 1, max: 80 })).map(
    ([from, to, length]): Change =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + length), bytes.subarray(to)]),
  ),
  // Members as an attacker would add them: later, earlier, escaped.
  fc
    .tuple(
      fc.constantFrom(
        '"model":"gpt-6-astra"',
        '"mod\\u0065l":"gpt-6-astra"',
        '"max_output_tokens":9e9',
        '"store":true',
        '"background":true',
        '"n":50',
        '"service_tier":"priority"',
        '"previous_response_id":"resp_1"',
        '"__proto__":{"model":"x"}',
        '"tools":[{"type":"code_interpreter"}]',
      ),
      fc.boolean(),
    )
    .map(
      ([member, first]): Change =>
        (bytes) =>
          first
            ? Buffer.concat([Buffer.from(`{${member},`), bytes.subarray(1)])
            : Buffer.concat([bytes.subarray(0, -1), Buffer.from(`,${member}}`)]),
    ),
);
const MARK = '\ufffd';
/** Longest piece for which the scanner puts one mark: damage makes single characters that nobody would see, as they are or encoded. */
const MARKED_MAX = 24;

/** A text as it was sent is the one that policy read, but for marks in the place of short pieces. */
function isMarked(sent: string, read: string): boolean {
  const [first = '', ...rest] = sent.split(MARK);
  if (rest.length === 0 || !read.startsWith(first)) return false;
  let at = first.length;
  return rest.every((part, index) => {
    const found = index === rest.length - 1 ? read.length - part.length : read.indexOf(part, at + 1);
    const fits = found > at && found - at <= MARKED_MAX && read.startsWith(part, found);
    at = found + part.length;
    return fits;
  });
}

/** What was read, with each text as it was sent where only marks differ. */
function asSent(read: unknown, sent: unknown): unknown {
  if (typeof read === 'string') return typeof sent === 'string' && isMarked(sent, read) ? sent : read;
  if (Array.isArray(read)) return read.map((each: unknown, at) => asSent(each, Array.isArray(sent) ? sent[at] : undefined));
  if (typeof read !== 'object' || read === null) return read;
  const others = (typeof sent === 'object' && sent !== null ? sent : {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(read).map(([name, each]) => [name, asSent(each, others[name])]));
}

const damaged = fc
  .array(change, { minLength: 1, maxLength: 3 })
  .map((changes) => changes.reduce<Buffer>((bytes, apply) => apply(bytes), CODEX));

test(`${RUNS} damaged bodies`, { timeout: 30_000 + RUNS * 100 }, async () => {
  const statuses = new Map<number, number>();
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const seen = at.upstream.seen.length;
      const told = await call(at.server.url, task.key, { body: bytes });
      statuses.set(told.status, (statuses.get(told.status) ?? 0) + 1);
      if (told.status !== 200) {
        expect(told.status).toBeLessThan(500);
        expectWireError('responses', told);
        expect(at.upstream.seen.length).toBe(seen);
        return;
      }
      passed += 1;
      expect(at.upstream.seen.length).toBe(seen + 1);
      const policy = parseBody(bytes);
      if ('code' in policy) throw new Error('a body that cannot be read was sent on');
      const provider = JSON.parse(at.upstream.seen.at(-1)?.bytes.toString('utf8') ?? '') as Record<string, unknown>;
      // What may differ is what the road itself sets: the model's own name there, the limit it can pay for, and the
      // mark in the place of characters that nobody would see.
      const { max_output_tokens: limit, ...rest } = policy.json;
      const { max_output_tokens: sent, ...others } = provider;
      expect(others).toEqual(asSent(rest, others));
      if (sent !== limit) expect(Number(sent)).toBeLessThan(limit === undefined ? Number.POSITIVE_INFINITY : Number(limit));
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Both kinds came up, or this proved little.
  expect(passed).toBeGreaterThan(RUNS / 20);
  expect(statuses.get(400) ?? 0).toBeGreaterThan(RUNS / 20);
  await expectGood(at.server.url, task.key);
  const calls = [...statuses.values()].reduce((sum, n) => sum + n, 0) + 1;
  // One decision each, and one outcome for each that was allowed.
  const own = async (type: string) =>
    (await ledgerOf(at)).filter(
      (entry) => entry['type'] === type && entry['mandate'] === task.mandate && entry['action'] === 'model.call',
    ).length;
  await expect.poll(() => own('outcome'), { timeout: 10_000 }).toBe(passed + 1);
  expect(await own('decision')).toBe(calls);
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
    process.stderr.write(`fuzz ${JSON.stringify(Object.fromEntries(statuses))}\n`);
});
