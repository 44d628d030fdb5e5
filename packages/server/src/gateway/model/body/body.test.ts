import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest } from './digest.ts';
import { isProblem, parseBody } from '../../wire/parse.ts';
import { splice } from './splice.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const accepted = (text: string | Buffer) => {
  const parsed = parseBody(Buffer.from(text as string));
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
};
const refusal = (text: string | Buffer): string | undefined => {
  const parsed = parseBody(typeof text === 'string' ? Buffer.from(text) : text);
  return isProblem(parsed) ? parsed.message : undefined;
};

/** A parser as strict as can be, in which the first of two equal members would win: the opposite of `JSON.parse`. */
function firstWins(text: string): unknown {
  let at = 0;
  const space = (): void => {
    while (' \n\r\t'.includes(text[at] ?? 'x')) at += 1;
  };
  const string = (): string => {
    const start = at;
    at += 1;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  };
  const value = (): unknown => {
    space();
    if (text[at] === '"') return string();
    if (text[at] === '[') return items(']', () => value());
    if (text[at] === '{') {
      const object = Object.create(null) as Record<string, unknown>;
      items('}', () => {
        const name = string();
        space();
        at += 1;
        const member = value();
        if (!(name in object)) object[name] = member;
      });
      return { ...object };
    }
    const literal = /^[-+.\w]+/.exec(text.slice(at))?.[0] ?? '';
    at += literal.length;
    return JSON.parse(literal);
  };
  const items = (close: string, one: () => unknown): unknown[] => {
    const all: unknown[] = [];
    at += 1;
    space();
    while (text[at] !== close) {
      all.push(one());
      space();
      if (text[at] === ',') at += 1;
      space();
    }
    at += 1;
    return all;
  };
  return value();
}

const NAMES = [
  'model',
  'mod\\u0065l',
  'max_tokens',
  'stream',
  'messages',
  'content',
  'a',
  '\\u0061',
  'ü',
  '\\u00fc',
  'b\\\\',
  'c\\"',
  '',
];
const name = fc.constantFrom(...NAMES);
const leaf = fc.oneof(
  fc.constantFrom(
    '1',
    '1.0',
    '-0',
    '1e3',
    '9007199254740993',
    'true',
    'false',
    'null',
    '""',
    '"\\\\"',
    '"\\""',
    '"x\\\\\\""',
    '"{\\"model\\":1}"',
    '"ü🚀"',
  ),
  fc.string({ maxLength: 70 }).map((text) => JSON.stringify(text)),
);
const { object } = fc.letrec<{ json: string; object: string; array: string }>((tie) => ({
  json: fc.oneof({ depthSize: 'small', maxDepth: 5 }, leaf, tie('object'), tie('array')),
  object: fc
    .tuple(fc.array(fc.tuple(name, tie('json')), { maxLength: 20 }), fc.constantFrom('', ' ', '\n\t'))
    .map(([members, pad]) => `{${pad}${members.map(([key, member]) => `"${key}"${pad}:${pad}${member}`).join(`${pad},`)}${pad}}`),
  array: fc.array(tie('json'), { maxLength: 5 }).map((items) => `[${items.join(', ')}]`),
}));

/** Damage that keeps much of the text: flipped bytes, dropped and repeated pieces. */
const damaged = fc
  .tuple(
    object,
    fc.nat(),
    fc.nat(20),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom('flip', 'drop', 'repeat', 'none', 'none'),
  )
  .map(([text, where, length, byte, how]) => {
    const bytes = Buffer.from(text);
    const at = where % Math.max(1, bytes.length);
    if (how === 'flip' && bytes.length > 0) bytes[at] = byte;
    if (how === 'drop') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    if (how === 'repeat') return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    return bytes;
  });

describe('what policy reads is what every parser reads', () => {
  it('an accepted body means the same where the first of two members wins', () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const parsed = parseBody(bytes);
        if (isProblem(parsed)) return;
        expect(firstWins(bytes.toString('utf8'))).toEqual(parsed.json);
        expect(Buffer.from(bytes.toString('utf8')).equals(bytes)).toBe(true);
        for (const [key, span] of parsed.scan.members)
          expect(JSON.parse(bytes.toString('utf8', span.start, span.end))).toEqual(parsed.json[key]);
        expect(new Set(parsed.scan.members.keys())).toEqual(new Set(Object.keys(parsed.json)));
      }),
      { numRuns: RUNS },
    );
  });

  it('what the provider parses of an edited body is what policy saw, with the edit', () => {
    const edit = fc.dictionary(
      fc.constantFrom('model', 'max_tokens', 'stream_options', 'ü'),
      fc.constantFrom('"x"', '12', '{"a":true}'),
    );
    fc.assert(
      fc.property(damaged, edit, (bytes, edits) => {
        const parsed = parseBody(bytes);
        if (isProblem(parsed)) return;
        const sent = splice(bytes, parsed.scan, new Map(Object.entries(edits)));
        const wanted: Record<string, unknown> = { ...parsed.json };
        for (const [member, text] of Object.entries(edits)) wanted[member] = JSON.parse(text);
        expect(firstWins(sent.toString('utf8'))).toEqual(wanted);
        expect(isProblem(parseBody(sent))).toBe(false);
        if (Object.keys(edits).length === 0) expect(sent).toBe(bytes);
      }),
      { numRuns: RUNS },
    );
  });

  const REFUSED: readonly [string, string | Buffer][] = [
    ['nothing', ''],
    ['no JSON', '{"a":'],
    ['an array', '[{}]'],
    ['a string', '"{}"'],
    ['null', 'null'],
    ['a byte order mark', '\ufeff{}'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{"model":"x"}', 'utf16le')],
    ['a member twice', '{"model":"a","model":"b"}'],
    ['a member twice, once escaped', '{"model":"a","mod\\u0065l":"b"}'],
    ['a member twice, deep inside', '{"a":[{"b":{"content":1,"content":2}}]}'],
    ['a member twice among many', `{${Array.from({ length: 40 }, (_, i) => `"k${i}":1`).join(',')},"k7":2}`],
    ['a name with NUL', '{"model\\u0000":1}'],
    ['a name with half a surrogate pair', '{"\\ud800":1}'],
    ['too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['two texts', '{} {}'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{"a":1/**/}'],
    ['NaN', '{"a":NaN}'],
  ];
  for (const [what, text] of REFUSED)
    it(`refuses ${what}`, () => expect(refusal(text)).toMatch(/^The body|^A member|^An object/));

  it('accepts depth 64, and equal names in different objects', () => {
    expect(refusal(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`)).toBeUndefined();
    expect(refusal('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}')).toBeUndefined();
  });

  it('65,536 members with equal hashes are read like any others', () => {
    // "Aa" and "BB" collide under a multiplication by 31, and so do all their combinations.
    let names = ['Aa', 'BB'];
    while (names.length < 65_536) names = names.flatMap((one) => [`${one}Aa`, `${one}BB`]);
    expect(refusal(`{${names.map((one) => `"${one}":0`).join(',')}}`)).toBeUndefined();
  });
});

describe('the digest of a body', () => {
  const digest = (text: string, stored = false): string => {
    const { bytes, scan } = accepted(text);
    return contentDigest(bytes, scan, stored);
  };
  const BASE = '{"model":"m","input":[{"id":"i1","content":"hi"},"plain"],"metadata":{"turn":"1"}}';

  it('is the same for another attempt at the same content', () => {
    expect(digest(BASE.replace('i1', 'i2').replace('"1"', '"2"'))).toBe(digest(BASE));
  });

  for (const [what, from, to] of [
    ['content', 'hi', 'ho'],
    ['model', '"m"', '"n"'],
    ['a plain item', 'plain', 'other'],
    ['a name', 'content', 'output'],
  ] as const)
    it(`differs with the ${what}`, () => expect(digest(BASE.replace(from, to))).not.toBe(digest(BASE)));

  it('differs with the id where items may be references', () => {
    expect(digest(BASE.replace('i1', 'i2'), true)).not.toBe(digest(BASE, true));
  });

  it('an id that is no string does not take the next string with it', () => {
    expect(digest('{"input":[{"id":5},"a"]}')).not.toBe(digest('{"input":[{"id":5},"b"]}'));
  });
});
