/** Which requests fit a schema, as a table: each row is asked of our reading of the schema and of cedar-wasm's. */
import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { EntityUid, plainContext, plainEntities, plainRequestProblem, plainSchema } from '@countersign/kernel/cedar';
import type { JsonRecord } from '@countersign/kernel/json';
import { describe, expect, it } from 'vitest';
import { foreignCedar } from './foreign.ts';
import './wasm.ts';

const wasm = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar;
const USER = { type: 'User', id: 'ann' };
const ACTION = { type: 'Action', id: 'read' };
const uid = ({ type, id }: { type: string; id: string }) => new EntityUid(type, id);

async function ours(schema: string | JsonRecord, context: unknown): Promise<boolean> {
  const read = plainSchema(typeof schema === 'string' ? await foreignCedar.readSchema(schema) : schema);
  const action = uid(ACTION);
  const request = { principal: uid(USER), action, resource: uid(USER), context: plainContext(context, read, action) };
  return plainRequestProblem(read, request) === undefined;
}

function theirs(schema: string | JsonRecord, context: unknown): boolean {
  const policies = { staticPolicies: 'permit (principal, action, resource);' };
  const call = {
    principal: USER,
    action: ACTION,
    resource: USER,
    context,
    schema,
    policies,
    entities: [],
    validateRequest: true,
  };
  return wasm.isAuthorized(call as never).type === 'success';
}

/** A schema whose context has a member of one type. */
const text = (type: string, more = '') =>
  `entity User; ${more} action read appliesTo { principal: User, resource: User, context: { x: ${type} } };`;
const json = (type: JsonRecord, entity = 'Other'): JsonRecord => ({
  '': {
    entityTypes: { User: {}, [entity]: {} },
    actions: {
      read: {
        appliesTo: {
          principalTypes: ['User'],
          resourceTypes: ['User'],
          context: { type: 'Record', attributes: { x: type } },
        },
      },
    },
  },
});

const DEPTH = 40;
const deep = (): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < DEPTH; i += 1) value = [value];
  return value;
};
describe('requests against a schema, ours and cedar-wasm alike', () => {
  it.each<[string, string | JsonRecord, unknown, boolean]>([
    ['String of the JSON form, beside an entity type of that name', json({ type: 'String' }, 'String'), 's', true],
    ['Long of the JSON form, beside an entity type of that name', json({ type: 'Long' }, 'Long'), 1, true],
    [
      'an entity type called String, by name',
      json({ type: 'EntityOrCommon', name: 'String' }, 'String'),
      { type: 'String', id: '' },
      true,
    ],
    ['an entity type called String, in text', text('String', 'entity String;'), { type: 'String', id: '' }, true],
    ['__cedar::String beside an entity type called String', text('__cedar::String', 'entity String;'), 's', true],
    ['an action in the context', text('Action'), ACTION, true],
    ['an action that is not declared', text('Action'), { type: 'Action', id: 'write' }, false],
    ['types nested 40 deep', text(`${'Set<'.repeat(DEPTH)}Long${'>'.repeat(DEPTH)}`), deep(), true],
    ['a member called __entity', text('{ "__entity": Long }'), { __entity: 1 }, true],
    [
      'a member called __extn that looks like a call',
      text('{ "__extn": decimal }'),
      { __extn: { fn: 'decimal', arg: '1.0' } },
      true,
    ],
    ['an entity where a record belongs', text('{ "y"?: Long }'), { __entity: USER }, false],
    [
      'arguments that leave out what is implied',
      text('datetime'),
      { fn: 'offset', args: [{ fn: 'datetime', arg: '2024-01-01' }, '1h'] },
      true,
    ],
    ['a call of another type', text('decimal'), { __extn: { fn: 'ip', arg: '10.0.0.1' } }, false],
    [
      'an id that an enumerated type does not have',
      text('Color', 'entity Color enum ["red"];'),
      { type: 'Color', id: 'blue' },
      false,
    ],
  ])('%s', async (_name, schema, x, fits) => {
    expect([await ours(schema, { x }), theirs(schema, { x })]).toEqual([fits, fits]);
  });
  // cedar-wasm is not asked: it works all 2^40 out.
  it('works a common type out once, however often it is named', () => {
    const twice = (name: string): JsonRecord => ({ type: 'Record', attributes: { a: { type: name }, b: { type: name } } });
    const types = Array.from({ length: DEPTH }, (_, i) => [`T${i}`, i === 0 ? { type: 'Long' } : twice(`T${i - 1}`)] as const);
    const schema = { '': { commonTypes: Object.fromEntries(types), entityTypes: {}, actions: {} } };
    expect(
      plainSchema({ ...schema, Ns: { entityTypes: { E: { shape: twice(`T${DEPTH - 1}`) } }, actions: {} } }).entityTypes.size,
    ).toBe(1);
  });
});

describe('values without a type, ours and cedar-wasm alike', () => {
  const isRead = (x: unknown): boolean => {
    try {
      plainContext({ x });
      return true;
    } catch {
      return false;
    }
  };
  const isTaken = (x: unknown): boolean => {
    const policies = { staticPolicies: '' };
    const call = { principal: USER, action: ACTION, resource: USER, context: { x }, policies, entities: [] };
    return wasm.isAuthorized(call as never).type === 'success';
  };

  it.each<[string, unknown, boolean]>([
    ['an escape for an entity', { __entity: USER }, true],
    ['a member called __entity', { __entity: 1 }, true],
    ['a member called __extn', { __extn: { arg: 'x' } }, true],
    ['one argument beside a list of them', { __extn: { fn: 'ip', arg: '10.0.0.1', args: [] } }, true],
    ['a call of no function', { __extn: { fn: 'nothing', arg: 'x' } }, false],
    ['a call that fails', { __extn: { fn: 'ip', arg: 'x' } }, false],
    ['the escape that was given up', { __expr: '1 + 1' }, false],
    ['a call that fails, beside another member', { __extn: { fn: 'ip', arg: 'x' }, y: 1 }, true],
    ['the escape that was given up, beside another member', { __expr: '1', y: 1 }, true],
    ['a member called __expr', { __expr: 1 }, true],
    ['null', null, false],
    ['a fraction', 1.5, false],
  ])('%s', (_name, x, taken) => {
    expect([isRead(x), isTaken(x)]).toEqual([taken, taken]);
  });
  it('the names of attributes are no escapes', () => {
    const attrs = { __expr: 'x', __entity: USER, __extn: { fn: 'ip', arg: 'x' } };
    const entities = [{ uid: USER, attrs, parents: [] }];
    const names = Object.keys(attrs).map((name) => `principal has ${name}`);
    const policies = { staticPolicies: `permit (principal, action, resource) when { ${names.join(' && ')} };` };
    const call = { principal: USER, action: ACTION, resource: USER, context: {}, policies, entities };
    expect(wasm.isAuthorized(call as never)).toMatchObject({ type: 'success', response: { decision: 'allow' } });
    expect([...(plainEntities(entities).find(uid(USER).key)?.attrs.keys() ?? [])]).toEqual(Object.keys(attrs));
  });
});
