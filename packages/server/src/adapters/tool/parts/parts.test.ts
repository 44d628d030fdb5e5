import fc from 'fast-check';
import type { Json } from '@countersign/kernel/json';
import { describe, expect, it } from 'vitest';
import { headerValue, paramHeaders, paramHeaderValues } from '../mcp/param-headers.ts';
import { withoutEnvelope } from '../mcp/meta.ts';
import { readJson } from './json.ts';
import { Lines } from './lines.ts';
import { redactJson } from './secrets.ts';

describe('JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJson(Buffer.from(text))).toEqual({ value: JSON.parse(text) as Json });
      }),
    );
  });

  it('with a member twice is refused, however it is written', () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text));
    const written = (text: string, escaped: boolean): string =>
      escaped
        ? `"${[...text].map((char) => [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')).join('')}"`
        : JSON.stringify(text);
    fc.assert(
      fc.property(name, fc.jsonValue(), fc.jsonValue(), fc.boolean(), (text, one, two, escaped) => {
        const bytes = Buffer.from(
          `[{"a":{${JSON.stringify(text)}:${JSON.stringify(one)},${written(text, escaped)}:${JSON.stringify(two)}}}]`,
        );
        expect(readJson(bytes)).toEqual({ problem: 'an object names the same member twice' });
      }),
    );
  });

  it('is refused where it is nested too deep, or no text', () => {
    const nested = (depth: number) => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(readJson(nested(64))).toHaveProperty('value');
    expect(readJson(nested(65))).toHaveProperty('problem');
    expect(readJson(Buffer.from([0x22, 0xc3, 0x22]))).toEqual({ problem: 'not UTF-8' });
    expect(readJson(Buffer.from('{"a":1'))).toEqual({ problem: 'not JSON' });
    expect(readJson(Buffer.from('{"__proto__":1,"constructor":{"prototype":2}}'))).toHaveProperty('value');
  });
});

describe('lines', () => {
  it('come out whole, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1 }).map((text) => text.replace(/[\r\n]/g, '.'))),
        fc.array(fc.nat({ max: 30 })),
        (texts, cuts) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const found: string[] = [];
          const lines = new Lines({
            line: (line) => found.push(line.toString()),
            overflow: () => found.push('!'),
            bytesMax: () => 10_000,
          });
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            lines.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          expect(found).toEqual(texts);
        },
      ),
    );
  });

  it('above the cap end it', () => {
    const found: string[] = [];
    const lines = new Lines({ line: (line) => found.push(line.toString()), overflow: () => found.push('!'), bytesMax: () => 3 });
    for (const chunk of ['abc\nab', 'cd\nx\n', 'y\n']) lines.push(Buffer.from(chunk));
    expect(found).toEqual(['abc', '!']);
  });
});

describe('a credential', () => {
  it('is taken out of every string, names of members included, and nothing else changes', () => {
    const secret = 'k3y/+=';
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(redactJson(value as Json, ['never-there'])).toBe(value);
      }),
    );
    expect(
      redactJson({ [`a${secret}`]: [`x${secret}y`, 1, null, { b: encodeURIComponent(secret) }] }, [
        secret,
        encodeURIComponent(secret),
      ]),
    ).toEqual({
      'a[WITHHELD:credential]': ['x[WITHHELD:credential]y', 1, null, { b: '[WITHHELD:credential]' }],
    });
  });
});

describe('a header of an argument', () => {
  it('carries any text and gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = headerValue(text);
        expect(value).toMatch(/^[\x20-\x7e\t]+$/);
        const framed = /^=\?base64\?(.*)\?=$/.exec(value);
        expect(framed === null ? value : Buffer.from(framed[1] ?? '', 'base64').toString('utf8')).toBe(text);
      }),
    );
  });

  const schema = (a: Json) => ({ type: 'object', properties: { a } });
  const rows: readonly (readonly [string, Json, boolean])[] = [
    ['a string', { type: 'string', 'x-mcp-header': 'A' }, true],
    ['below another', { type: 'object', properties: { b: { type: 'boolean', 'x-mcp-header': 'B' } } }, true],
    ['a property of that name', { type: 'object', properties: { 'x-mcp-header': { type: 'string' } } }, true],
    ['the word in data', { enum: [{ 'x-mcp-header': 'A' }] }, true],
    ['a number', { type: 'number', 'x-mcp-header': 'A' }, false],
    ['no type', { 'x-mcp-header': 'A' }, false],
    ['no header name', { type: 'string', 'x-mcp-header': 'A B' }, false],
    ['empty', { type: 'string', 'x-mcp-header': '' }, false],
    [
      'twice',
      { type: 'object', properties: { b: { type: 'string', 'x-mcp-header': 'X' }, c: { type: 'string', 'x-mcp-header': 'x' } } },
      false,
    ],
    ['in items', { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } }, false],
    ['in a choice', { anyOf: [{ type: 'string', 'x-mcp-header': 'A' }] }, false],
    ['in a definition', { $defs: { d: { type: 'string', 'x-mcp-header': 'A' } } }, false],
  ];
  for (const [what, property, good] of rows)
    it(`${what} is ${good ? 'fine' : 'refused'}`, () => expect(typeof paramHeaders(schema(property)) === 'string').toBe(!good));

  it('is left out where there is nothing to say', () => {
    const declared = [{ header: 'Deep', path: ['a', 'b'] }];
    for (const args of [undefined, {}, { a: null }, { a: { b: null } }, { a: { b: {} } }, { a: { b: 1.5 } }])
      expect(paramHeaderValues(declared, args as Json)).toEqual([]);
    expect(paramHeaderValues(declared, { a: { b: true } })).toEqual(['mcp-param-deep', 'true']);
  });
});

describe('an envelope', () => {
  it('goes, and what is not the protocol stays', () => {
    const _meta = {
      'io.modelcontextprotocol/serverInfo': {},
      'com.mcp/x': 1,
      'example.com/x': 2,
      progressToken: 3,
      traceparent: 't',
      mine: 4,
    };
    expect(withoutEnvelope({ resultType: 'complete', content: [], _meta })).toEqual({
      content: [],
      _meta: { 'example.com/x': 2, mine: 4 },
    });
    expect(withoutEnvelope({ _meta: { 'io.modelcontextprotocol/x': 1 } })).toEqual({});
  });
});
