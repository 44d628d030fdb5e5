import { expect, test } from 'vitest';
import fc from 'fast-check';
import { answerTo, readQuestion } from './packet.ts';

const name = (...labels: readonly string[]): Buffer =>
  Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);

interface Packet {
  readonly flags?: number;
  readonly counts?: readonly [number, number, number, number];
  readonly name?: Buffer;
  readonly type?: number;
  readonly class?: number;
  readonly after?: Buffer;
}

function packet({
  flags = 0x0100,
  counts = [1, 0, 0, 0],
  name: labels = name('a', 'test'),
  type = 1,
  class: inClass = 1,
  after = Buffer.alloc(0),
}: Packet): Buffer {
  const words = [0x1234, flags, ...counts].flatMap((word) => [word >> 8, word & 0xff]);
  return Buffer.concat([Buffer.from(words), labels, Buffer.from([0, type, 0, inClass]), after]);
}

test('a question is read', () => {
  expect(readQuestion(packet({}))).toMatchObject({ id: 0x1234, recursionDesired: true, type: 1, host: 'a.test' });
  expect(readQuestion(packet({ name: name('A', 'tESt'), type: 28, flags: 0 }))).toMatchObject({
    recursionDesired: false,
    type: 28,
    host: 'a.test',
  });
});

test('what stands behind the question, as EDNS does, is left alone', () => {
  const edns = Buffer.from([0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]);
  expect(readQuestion(packet({ counts: [1, 0, 0, 1], after: edns }))).toMatchObject({ host: 'a.test' });
});

test.each<[string, Buffer]>([
  ['the root', name()],
  ['an address', name('127', '0', '0', '1')],
  ['a space', name('a b', 'test')],
  ['a zero byte', name('a\u0000', 'test')],
  ['a star', name('*', 'test')],
])('%s is no host name, so it exists nowhere', (_name, labels) => {
  expect(readQuestion(packet({ name: labels }))).toMatchObject({ host: undefined });
});

test.each<[string, Buffer]>([
  ['an answer', packet({ flags: 0x8100 })],
  ['another operation', packet({ flags: 0x2800 })],
  ['two questions', packet({ counts: [2, 0, 0, 0] })],
  ['no question', packet({ counts: [0, 0, 0, 0] })],
  ['answers in it', packet({ counts: [1, 1, 0, 0] })],
  ['another class', packet({ class: 3 })],
  ['a pointer', packet({ name: Buffer.from([0xc0, 12]) })],
  ['a dot inside a label', packet({ name: name('a.b', 'test') })],
  ['a label that is longer than the rest', packet({ name: Buffer.from([60, 97]) }).subarray(0, 20)],
  ['a name without end', packet({ name: Buffer.concat(Array.from({ length: 8 }, () => name('x'.repeat(60)).subarray(0, 61))) })],
  ['a short packet', Buffer.alloc(12)],
  ['a long one', Buffer.concat([packet({}), Buffer.alloc(2_000)])],
])('%s gets no answer', (_name, bytes) => {
  expect(readQuestion(bytes)).toBeUndefined();
});

test('answers repeat the question letter by letter', () => {
  const question = readQuestion(packet({ name: name('A', 'tESt') }));
  if (question === undefined) throw new Error('not read');
  const asked = packet({ name: name('A', 'tESt') }).subarray(12);
  const found = answerTo(question, [127, 1, 0, 9]);
  expect(found.subarray(0, 12).toString('hex')).toBe('123481800001000100000000');
  expect(found.subarray(12, 12 + asked.length)).toEqual(asked);
  expect(found.subarray(12 + asked.length).toString('hex')).toBe('c00c000100010000000100047f010009');
  expect(answerTo(question, 'none').subarray(0, 12).toString('hex')).toBe('123481800001000000000000');
  expect(answerTo(question, undefined).subarray(0, 12).toString('hex')).toBe('123481830001000000000000');
});

test('whatever comes, it is read or left', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, likely) => {
      const start = likely ? packet({}).subarray(0, 12) : Buffer.alloc(0);
      const question = readQuestion(Buffer.concat([start, Buffer.from(bytes)]));
      if (question !== undefined) expect(answerTo(question, undefined).length).toBe(12 + question.raw.length);
    }),
    { numRuns: 10_000 },
  );
});
