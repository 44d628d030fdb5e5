import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionRequest, Facts } from '../action/index.ts';
import type { JsonRecord } from '../json.ts';
import { compileBundle } from './bundle.ts';
import { decide } from './decide.ts';
import { ask, FACTS, house, policy } from './testing/house.ts';

const bundle = compileBundle(house([policy('any', 'access', 'permit')]));

/** `ok`, or code and message of the denial. */
function outcome(request: unknown, facts: unknown = FACTS): string {
  const { code, reasons } = decide(bundle, facts as Facts, request as ActionRequest);
  return code === 'ok' ? code : `${code}: ${reasons[0]?.message}`;
}

const person = { type: 'H::Person', id: 'ann' };

describe('requests that are valid', () => {
  it.each<[string, JsonRecord]>([
    [
      'every argument of its type',
      { name: 'x', ip: '10.0.0.0/8', price: '1.50', tags: ['a', 'a'], note: { by: person, text: 't' }, constructor: true },
    ],
    ['the id of an enumerated entity', { mood: { type: 'H::Mood', id: 'calm' } }],
    ['the largest safe integer', { count: Number.MAX_SAFE_INTEGER }],
    ['text of 64 KiB', { name: 'x'.repeat(65_536) }],
    ['lines where the schema lets lines through', { lines: 'one\n\ttwo\r\n' }],
    ['any script', { name: 'Zoë Müller 日本語 עברית 😀' }],
  ])('%s', (_name, args) => {
    expect(outcome(ask(args))).toBe('ok');
  });

  it('accepts a principal of an enumerated type without a record', () => {
    expect(outcome(ask({}, { principal: { type: 'H::Mood', id: 'busy' } }))).toBe('ok');
  });
});

describe('requests that are refused', () => {
  it.each<[string, JsonRecord, string]>([
    ['an unknown key', { extra: 1 }, '/args/extra is not known here'],
    ['a member that facts set', { now: '2026-11-21' }, '/args/now is not known here'],
    ['a member that the kernel sets', { op: 'enter' }, '/args/op is not known here'],
    ['a wrong type', { count: '1' }, '/args/count must be an integer'],
    ['a fraction', { count: 1.5 }, '/args/count must be an integer'],
    ['an unsafe integer', { count: 2 ** 53 }, '/args/count must be an integer'],
    ['null', { name: null }, '/args/name must be a string'],
    ['an escape for an unknown', { name: { __extn: { fn: 'unknown', arg: 'x' } } }, '/args/name must be a string'],
    ['an escape as an argument', { __entity: person }, '/args/__entity is not known here'],
    ['an escaped extension value', { ip: { __extn: { fn: 'ip', arg: '10.0.0.1' } } }, '/args/ip must be a string'],
    ['an escaped entity', { note: { by: { __entity: person } } }, '/args/note/by must be'],
    ['an entity of another type', { note: { by: { type: 'H::Team', id: 'all' } } }, '/args/note/by must be'],
    ['an entity with more than type and id', { note: { by: { ...person, level: 9 } } }, '/args/note/by must be'],
    ['an unknown id of an enumerated type', { mood: { type: 'H::Mood', id: 'angry' } }, '/args/mood is not one of the ids'],
    ['an unknown key within a record', { note: { by: person, __proto__x: 1 } }, '/args/note/__proto__x is not known here'],
    ['a bad element of a set', { tags: ['a', 1] }, '/args/tags/1 must be a string'],
    ['a set of more than 10,000', { tags: Array.from({ length: 10_001 }, String) }, '/args/tags has more than 10000'],
    ['text above 64 KiB', { name: 'é'.repeat(32_769) }, '/args/name is longer than 64 KiB'],
    ['more than 1 MiB', { tags: Array.from({ length: 20 }, (_, at) => `${at}`.padEnd(60_000, 'x')) }, 'larger than 1 MiB'],
    ['an address that is none', { ip: '10.0.0.256' }, '/args/ip must be the text of a Cedar ipaddr'],
    ['a decimal that is none', { price: '1' }, '/args/price must be the text of a Cedar decimal'],
    ['a pointer with a slash', { 'a/b~c': 1 }, '/args/a~1b~0c is not known here'],
  ])('%s', (_name, args, says) => {
    expect(outcome(ask(args))).toMatch(/^request\.invalid: /);
    expect(outcome(ask(args))).toContain(says);
  });

  it.each([
    ['a bell', '\u0007'],
    ['a line feed', '\n'],
    ['delete', '\u007f'],
    ['a C1 control', '\u0085'],
    ['a soft hyphen', '\u00ad'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a right-to-left override', '\u202e'],
    ['a right-to-left mark', '\u200f'],
    ['an isolate', '\u2066'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a tag character', '\u{e0041}'],
    ['half of a surrogate pair', '\ud83d'],
  ])('text with %s', (_name, character) => {
    const says = 'has a control, bidirectional or invisible character';
    expect(outcome(ask({ name: `a${character}b` }))).toContain(`/args/name ${says}`);
    expect(outcome(ask({ tags: [`a${character}b`] }))).toContain(`/args/tags/0 ${says}`);
    expect(outcome(ask({}, { resource: { type: 'H::Room', id: `attic${character}` } }))).toContain(`/resource/id ${says}`);
  });

  it.each<[string, JsonRecord, string]>([
    ['an unknown action', { action: 'leave' }, 'request.invalid: /action'],
    ['a group as an action', { action: 'class.read' }, 'request.invalid: /action'],
    ['an inherited name as an action', { action: 'constructor' }, 'request.invalid: /action'],
    [
      'a principal of a type that does not fit',
      { principal: { type: 'H::Team', id: 'all' } },
      'request.invalid: /principal/type',
    ],
    ['a resource of a type that does not fit', { resource: person }, 'request.invalid: /resource/type'],
    ['a principal that nobody registered', { principal: { type: 'H::Person', id: 'bob' } }, 'request.unknown-entity: /principal'],
    [
      'an unknown id of an enumerated principal',
      { principal: { type: 'H::Mood', id: 'angry' } },
      'request.unknown-entity: /principal',
    ],
    ['a resource that nobody registered', { resource: { type: 'H::Room', id: 'cellar' } }, 'request.unknown-entity: /resource'],
    [
      'an argument that nobody registered',
      { args: { count: 1, note: { by: { type: 'H::Person', id: 'bob' } } } },
      'request.unknown-entity: /args',
    ],
    ['no principal', { principal: null }, 'request.invalid: /principal'],
    ['an id that is not text', { resource: { type: 'H::Room', id: 5 } }, 'request.invalid: /resource/id'],
    ['arguments that are no object', { args: [] }, 'request.invalid: /args'],
  ])('%s', (_name, more, says) => {
    expect(outcome(ask({}, more)).startsWith(says)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['no now', { context: { approvals: [] } }, 'request.invalid: /context/now is missing'],
    ['a now that is no datetime', { context: { now: 'yesterday', approvals: [] } }, 'request.invalid: /context/now'],
    ['no facts', {}, 'request.invalid: /context/now is missing'],
    [
      'an argument among the facts',
      { context: { ...FACTS.context, count: 1 } },
      'request.invalid: /context/count is not known here',
    ],
    [
      'an entity of an unknown type',
      { ...FACTS, entities: [{ uid: { type: 'H::Ghost', id: 'x' }, parents: [], attrs: {} }] },
      'request.invalid: /entities',
    ],
    [
      'an entity with a wrong attribute',
      { ...FACTS, entities: [{ uid: { type: 'H::Room', id: 'x' }, parents: [], attrs: { open: 1 } }] },
      'request.invalid: /entities',
    ],
    [
      'an entity with a parent that the schema forbids',
      { ...FACTS, entities: [{ uid: { type: 'H::Room', id: 'x' }, parents: [person], attrs: { open: true } }] },
      'request.invalid: /entities',
    ],
    [
      'an entity twice',
      { ...FACTS, entities: [1, 2].map(() => ({ uid: { type: 'H::Room', id: 'x' }, parents: [], attrs: { open: true } })) },
      'request.invalid: /entities is there twice',
    ],
    [
      'a cycle through the bundle',
      {
        ...FACTS,
        entities: [{ uid: { type: 'H::Room', id: 'house' }, parents: [{ type: 'H::Room', id: 'attic' }], attrs: { open: true } }],
      },
      'request.invalid: /entities closes a cycle',
    ],
  ])('facts with %s', (_name, facts, says) => {
    expect(outcome(ask(), facts)).toContain(says);
  });

  it('never throws and never allows, whatever JSON is sent in place of arguments, facts or the request', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.constantFrom('args', 'principal', 'resource', 'action', 'facts', 'all'),
        (json, other, where) => {
          const request = where === 'all' ? json : { ...ask(), ...(where === 'facts' ? {} : { [where]: json }) };
          const facts = where === 'facts' ? { context: json, entities: other } : FACTS;
          const decision = decide(bundle, facts as unknown as Facts, request as unknown as ActionRequest);
          expect(decision.answer).toBe('deny');
          expect(['request.invalid', 'request.unknown-entity', 'kernel.fault']).toContain(decision.code);
        },
      ),
      { numRuns: 500 },
    );
  });
});
