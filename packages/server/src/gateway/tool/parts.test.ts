import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { cutContent, sizeOf } from './call/cut.ts';
import { SchemaShelf } from './call/schema.ts';
import { withhold, WITHHELD } from './call/strings.ts';
import { decodeSentinel, mirroredParams } from './era/mirror.ts';
import { Listeners } from './stream/listeners.ts';
import { ParkedQuestions } from './input/parked.ts';
import { Shelf } from './list/shelf.ts';
import { exposeTemplate, exposeUri, resolveUri } from './list/uris.ts';
import { readMessage } from './rpc/message.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000);
const server = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const wellFormed = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => !/\p{Surrogate}/u.test(text));

describe('addresses', () => {
  it('lead back to exactly what they stand for', () => {
    fc.assert(
      fc.property(server, wellFormed, (id, uri) => {
        expect(resolveUri(exposeUri(id, uri))).toEqual({ server: id, uri });
        expect(resolveUri(exposeTemplate(id, uri))).toEqual({ server: id, uri });
      }),
      { numRuns: RUNS },
    );
  });

  it('what a client fills into a template arrives as it was filled in', () => {
    expect(resolveUri('countersign://fs/~/file:///a%2Fb?x#y')).toEqual({ server: 'fs', uri: 'file:///a%2Fb?x#y' });
  });

  it('other spellings of an address are no addresses', () => {
    for (const uri of [
      'countersign://fs',
      'countersign://fs/',
      'countersign://fs/~/',
      'Countersign://fs/a',
      'countersign://fs/%61',
      'countersign://fs/%',
      'file:///a',
    ])
      expect(resolveUri(uri)).toBeUndefined();
    expect(resolveUri(`countersign://fs/${'a'.repeat(9_000)}`)).toBeUndefined();
  });
});

describe('what is cut', () => {
  it('never exceeds the cap by more than its own notes, and stays whole JSON and whole characters', () => {
    const block = wellFormed.map((text): JsonRecord => ({ type: 'text', text: text.repeat(20) }));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), fc.integer({ min: 200, max: 20_000 }), (blocks, cap) => {
        const cut = cutContent(blocks, cap);
        expect(cut.length).toBe(blocks.length);
        const body = cut.filter(({ text }) => !String(text).startsWith('[countersign:'));
        expect(body.reduce((sum, one) => sum + sizeOf(one), 0)).toBeLessThanOrEqual(cap);
        // Nothing is cut within a character; what came broken stays as it came.
        if (!JSON.stringify(blocks).includes('\ufffd')) expect(JSON.stringify(cut)).not.toContain('\ufffd');
        if (blocks.reduce((sum, one) => sum + sizeOf(one), 0) <= cap) expect(cut).toBe(blocks);
      }),
      { numRuns: Math.min(RUNS, 500) },
    );
  });
});

describe('what is withheld', () => {
  const value = { a: [{ key: 'x' }, { key: 'y', 'b/c~d': 1 }], n: null };
  it.each([
    [['/a/1/key'], { a: [{ key: 'x' }, { key: WITHHELD, 'b/c~d': 1 }], n: null }, ['y']],
    [['/a/*/key'], { a: [{ key: WITHHELD }, { key: WITHHELD, 'b/c~d': 1 }], n: null }, ['x', 'y']],
    [['/a/1/b~1c~0d', '/n'], { a: [{ key: 'x' }, { key: 'y', 'b/c~d': WITHHELD }], n: WITHHELD }, [1, null]],
    [['/nothing/here', 'a', ''], value, []],
  ])('%j', (pointers, left, taken) => {
    expect(withhold(value, pointers)).toEqual({ value: left, taken });
  });
});

describe('schemas', () => {
  const shelf = new SchemaShelf();
  const check = (schema: JsonRecord, value: JsonRecord) => {
    const validator = shelf.get(JSON.stringify(schema), schema);
    return typeof validator === 'function' ? validator(value) : validator;
  };

  it.each([
    [
      'a reference inside',
      { $defs: { n: { type: 'integer' } }, properties: { a: { $ref: '#/$defs/n' } } },
      { a: 'x' },
      '`/a` must be integer',
    ],
    [
      'keywords of 2020-12',
      { properties: { a: { type: 'array', prefixItems: [{ type: 'string' }], items: false } } },
      { a: ['x', 1] },
      '`/a` must NOT have more than 1 items',
    ],
    [
      'the older dialect',
      { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { items: [{ type: 'string' }] } } },
      { a: [1] },
      '`/a/0` must be string',
    ],
    [
      'unevaluated members',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { b: 1 },
      'must NOT have unevaluated properties (`b`)',
    ],
    ['a format, which is an annotation', { properties: { a: { type: 'string', format: 'email' } } }, { a: 'x' }, undefined],
    ['keywords that nobody knows', { 'x-mine': { deep: true }, discriminator: 'x' }, {}, undefined],
    [
      'a tree',
      { properties: { child: { $ref: '#' }, n: { type: 'integer' } } },
      { child: { child: { n: 'x' } } },
      '`/child/child/n` must be integer',
    ],
    ['a loop', { $ref: '#' }, {}, 'is nested too deeply to be checked'],
  ])('%s', (_what, schema, value, problem) => {
    expect(check(schema, value)).toBe(problem);
  });

  it.each([
    ['a reference to elsewhere', { $ref: 'https://example.com/x' }],
    ['a reference to another schema of ours', { $ref: 'other' }],
    ['too deep', JSON.parse(`${'{"not":'.repeat(60)}{}${'}'.repeat(60)}`) as JsonRecord],
    ['too large', { enum: Array.from({ length: 6_000 }, () => ({})) }],
    ['a pattern that takes for ever', { properties: { a: { pattern: '(x+x+)+y' } } }],
    ['a type that is none', { type: 'nothing' }],
  ])('%s cannot be used', (_what, schema) => {
    expect(check(schema, {})).toHaveProperty('problem');
  });

  it('an id of one schema is not found by another', () => {
    expect(check({ $id: 'https://example.com/shared', type: 'object' }, {})).toBeUndefined();
    expect(check({ $ref: 'https://example.com/shared' }, {})).toHaveProperty('problem');
  });

  it('a long text fits no pattern, and does so at once', () => {
    expect(check({ properties: { a: { pattern: '^a*$' } } }, { a: 'a'.repeat(100_000) })).toContain('must match pattern');
  });
});

describe('mirrored values', () => {
  it('decode or are refused', () => {
    fc.assert(
      fc.property(wellFormed, (value) => decodeSentinel(`=?base64?${Buffer.from(value).toString('base64')}?=`) === value),
      { numRuns: RUNS },
    );
    for (const value of ['=?base64?YQ?=', '=?base64?/w==?=', '=?base64?YR==?=']) expect(decodeSentinel(value)).toBeUndefined();
    for (const value of ['plain', '=?BASE64?YQ==?=', '=?base64?YQ==', '=?base64?Y Q==?='])
      expect(decodeSentinel(value)).toBe(value);
  });

  it('are found through properties only', () => {
    const mirror = { type: 'string', 'x-mcp-header': 'X' };
    expect(mirroredParams({ properties: { a: mirror, b: { properties: { c: mirror } } } })).toEqual([
      { header: 'mcp-param-x', path: ['a'] },
      { header: 'mcp-param-x', path: ['b', 'c'] },
    ]);
    expect(mirroredParams({ items: mirror, oneOf: [{ properties: { a: mirror } }] })).toEqual([]);
  });
});

describe('messages', () => {
  it('any JSON is a message or a sentence', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error'), fc.jsonValue()),
        (json) => {
          const message = readMessage(json as JsonRecord);
          return typeof message === 'string' ? message.endsWith('.') : json['jsonrpc'] === '2.0';
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('what a door remembers is bounded', () => {
  it('lists, by their size', () => {
    const shelf = new Shelf();
    for (let i = 0; i < 100; i += 1) shelf.put(String(i), 'x'.repeat(1024 * 1024), 0);
    const kept = Array.from({ length: 100 }, (_, i) => shelf.get(String(i), 1)).filter((text) => text !== undefined);
    expect(kept.length).toBe(32);
    expect(shelf.get('99', 60_001)).toBeUndefined();
  });

  it('questions of a session', async () => {
    const parked = new ParkedQuestions();
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const waiting = Array.from({ length: 16 }, (_, i) => parked.wait('s', String(i), signal));
    expect(await parked.wait('s', '16', signal)).toBeUndefined();
    for (let i = 0; i < 16; i += 1) expect(parked.answer('s', String(i), { i })).toBe(true);
    expect((await Promise.all(waiting)).length).toBe(16);
    expect(parked.answer('s', '0', {})).toBe(false);
  });

  it('a question ends with its call', async () => {
    const parked = new ParkedQuestions();
    const controller = new AbortController();
    const waiting = parked.wait('s', 'a', controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
    expect(await parked.wait('s', 'b', controller.signal)).toBeUndefined();
  });

  it('watched resources of a session', () => {
    const listeners = new Listeners();
    for (let i = 0; i < 256; i += 1) expect(listeners.subscribe('s', `countersign://a/${i}`)).toBe(true);
    expect(listeners.subscribe('s', 'countersign://a/256')).toBe(false);
  });
});
