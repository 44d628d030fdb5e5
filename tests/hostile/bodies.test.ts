/** Bodies that no honest client sends, to each of the three formats: refused in that format, once on record, before any provider. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, call, codeOf, WIRES, type Wire } from '../support/calls.ts';
import { entriesSince, expectGood, expectWireError, sizeOf } from '../support/hostile.ts';
import { type Installation, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: roomy });
  task = await at.task();
});
afterAll(() => at?.close());

const LIMIT: Readonly<Record<Wire, string>> = {
  responses: 'max_output_tokens',
  chat: 'max_completion_tokens',
  messages: 'max_tokens',
};
const CONTENT: Readonly<Record<Wire, string>> = { responses: 'input', chat: 'messages', messages: 'messages' };

const text = (wire: Wire, changes: Readonly<Record<string, unknown>> = {}): string => JSON.stringify(bodyOf(wire, changes));
/** The text of a good body with raw JSON put in front of its members. */
const before = (wire: Wire, members: string): string => `{${members},${text(wire).slice(1)}`;
const deep = (wire: Wire, levels: number): string => before(wire, `"metadata":${'['.repeat(levels)}${']'.repeat(levels)}`);

interface Bad {
  readonly status: number;
  readonly code: string;
  readonly body: (wire: Wire) => string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const invalid = (body: Bad['body']): Bad => ({ status: 400, code: 'request.invalid', body });

const BAD: Readonly<Record<string, Bad>> = {
  'nothing at all': invalid(() => ''),
  'JSON that ends early': invalid((wire) => text(wire).slice(0, -5)),
  'JSON with a tail': invalid((wire) => `${text(wire)}{}`),
  'JSON with a trailing comma': invalid((wire) => `${text(wire).slice(0, -1)},}`),
  'a member twice': invalid((wire) => before(wire, '"model":"gpt-6-astra"')),
  'a member twice, once escaped': invalid((wire) => before(wire, '"m\\u006fdel":"gpt-6-astra"')),
  'a member twice, deep inside': invalid((wire) => before(wire, '"metadata":{"a":[{"b":1,"b":2}]}')),
  'a model that is a number': invalid((wire) => text(wire, { model: 7 })),
  'a model that is a list': invalid((wire) => text(wire, { model: ['gpt-5.5'] })),
  'content of the wrong type': invalid((wire) => text(wire, { [CONTENT[wire]]: 7 })),
  'a limit in words': invalid((wire) => text(wire, { [LIMIT[wire]]: '300' })),
  'a negative limit': invalid((wire) => text(wire, { [LIMIT[wire]]: -1 })),
  'half a token': invalid((wire) => text(wire, { [LIMIT[wire]]: 0.5 })),
  'an endless limit': invalid((wire) => text(wire).replace(/"(max_\w+)":300/, '"$1":1e999')),
  'a stream in words': invalid((wire) => text(wire, { stream: 'yes' })),
  'bytes that are not UTF-8': invalid((wire) =>
    Buffer.concat([Buffer.from(text(wire).slice(0, -1)), Buffer.from(',"user":"\xff\xfe"}', 'latin1')]),
  ),
  'half of a surrogate pair in bytes': invalid((wire) =>
    Buffer.concat([Buffer.from(text(wire).slice(0, -1)), Buffer.from(',"user":"\xed\xa0\x80"}', 'latin1')]),
  ),
  'a byte order mark': invalid((wire) => `\uFEFF${text(wire)}`),
  'UTF-16': invalid((wire) => Buffer.from(text(wire), 'utf16le')),
  'a list on top': invalid((wire) => `[${text(wire)}]`),
  'a string on top': invalid(() => '"gpt-5.5"'),
  'null on top': invalid(() => 'null'),
  'a hundred thousand levels': invalid((wire) => deep(wire, 100_000)),
  'sixty-five levels': invalid((wire) => deep(wire, 65)),
  'a hundred thousand open braces': invalid(() => '{"a":'.repeat(100_000)),
  'a prototype as a model': { status: 404, code: 'model.unknown', body: (wire) => text(wire, { model: '__proto__' }) },
  'an unknown model': { status: 404, code: 'model.unknown', body: (wire) => text(wire, { model: 'gpt-99' }) },
  'a model with a path': { status: 404, code: 'model.unknown', body: (wire) => text(wire, { model: '../../etc/passwd\u0000' }) },
  'plain text': {
    status: 415,
    code: 'request.media-type',
    body: (wire) => text(wire),
    headers: { 'content-type': 'text/plain' },
  },
  'a form': {
    status: 415,
    code: 'request.media-type',
    body: (wire) => text(wire),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  'a compressed body': {
    status: 415,
    code: 'request.media-type',
    body: (wire) => text(wire),
    headers: { 'content-encoding': 'gzip' },
  },
};

/** OpenAI's clients know an unknown model by another name. */
const named = (wire: Wire, code: string): string => (wire !== 'messages' && code === 'model.unknown' ? 'model_not_found' : code);

describe.each(WIRES)('%s', (wire) => {
  test.each(Object.entries(BAD))('%s', async (_name, { status, code, body, headers }) => {
    const size = await sizeOf(at);
    const seen = at.upstream.seen.length;
    const told = await call(at.server.url, task.key, { wire, body: body(wire), headers: headers ?? {} });
    expect([told.status, codeOf(told)]).toEqual([status, named(wire, code)]);
    expectWireError(wire, told);
    // Outcomes belong to good calls before it.
    const entries = (await entriesSince(at, size)).filter(({ type }) => type === 'decision');
    expect(entries.map(({ type, decision }) => [type, decision?.answer, decision?.code])).toEqual([['decision', 'deny', code]]);
    expect(at.upstream.seen.length).toBe(seen);
  });

  test('and a good call is answered after all of that', () => expectGood(at.server.url, task.key, wire));
});

/** These are read before anybody is known, so their records are counted together, once a second. */
test.each([
  ['a data class that is none', { 'x-countersign-data-class': 'top secret' }, 400, 'request.invalid'],
  ['a use case that is no name', { 'x-countersign-use-case': '../x' }, 400, 'request.invalid'],
  ['a mandate that is no name', { 'x-countersign-mandate': 'a b' }, 400, 'request.invalid'],
  ['two credentials that differ', { 'x-api-key': 'csk_a_crd_other' }, 401, 'identity.invalid'],
])('headers with %s are refused in each format and counted', async (_name, headers, status, code) => {
  const size = await sizeOf(at);
  for (const wire of WIRES) {
    const told = await call(at.server.url, task.key, { wire, headers });
    expect([told.status, codeOf(told)]).toEqual([status, code]);
    expectWireError(wire, told);
  }
  const counted = async (): Promise<number> =>
    (await entriesSince(at, size)).reduce(
      (sum, { type, detail }) => (type === 'identity.refused' && detail?.code === code ? sum + (detail.count ?? 0) : sum),
      0,
    );
  await expect.poll(counted, { timeout: 3_000 }).toBe(WIRES.length);
});

test('strange but honest bodies pass as they came', async () => {
  const odd =
    ' {"model" : "gpt-5.5",\n\t"input":"\\ud83d\\ude00 \\u0009 ünï \\/ \u2028","max_output_tokens":300 ,"metadata":{"k":"1e5","n":"-0"} } ';
  const told = await call(at.server.url, task.key, { body: odd });
  expect(told.status).toBe(200);
  expect(at.upstream.seen.at(-1)?.bytes.toString('utf8')).toBe(odd);
});
