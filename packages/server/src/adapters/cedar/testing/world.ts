/** Random worlds without a schema: policies, entities and requests that cedar-wasm and our plain face are both asked about. */
import type { JsonRecord, Json } from '@countersign/kernel/json';
import { ATTRIBUTES, ENTITY_TYPES, entityText, Expressions, IDS, type Kind, KINDS } from './expressions.ts';
import { Dice } from './random.ts';

export interface World {
  readonly policies: readonly string[];
  readonly entities: readonly JsonRecord[];
  readonly requests: readonly { principal: JsonRecord; action: JsonRecord; resource: JsonRecord; context: JsonRecord }[];
}

const ref = (type: string, id: string) => ({ type, id });
const ACTIONS = ['r', 'w', 'x'];

function value(dice: Dice, kind: Kind, depth: number): Json {
  switch (kind) {
    case 'bool':
      return dice.chance(0.5);
    case 'long':
      return dice.pick([0, 1, -1, 7, 9007199254740991, -9007199254740991, 42]);
    case 'string':
      return dice.pick(['', 'a', 'ab', 'é', 'a/b/c', '1']);
    case 'set':
      return depth <= 0 ? [] : dice.list(3, () => value(dice, dice.pick(KINDS), depth - 1));
    case 'record':
      return depth <= 0 ? {} : attributes(dice, depth - 1);
    case 'entity':
      return { __entity: ref(dice.pick(ENTITY_TYPES), dice.pick(IDS)) };
    case 'decimal':
      return { __extn: { fn: 'decimal', arg: dice.pick(['1.0', '1.00', '-2.5', '0.0']) } };
    case 'datetime':
      return {
        __extn: { fn: 'datetime', arg: dice.pick(['2024-10-15', '1969-12-31T23:59:59.999Z', '2024-10-15T11:35:00+0100']) },
      };
    case 'duration':
      return { __extn: { fn: 'duration', arg: dice.pick(['1d', '-1h', '3d12h', '9223372036854775807ms']) } };
    case 'ip':
      return { __extn: { fn: 'ip', arg: dice.pick(['10.0.0.7', '10.0.0.0/24', '::1', '127.0.0.1']) } };
  }
}

function attributes(dice: Dice, depth: number): JsonRecord {
  // Own properties, or `__proto__` would be lost on the way.
  return Object.fromEntries(dice.some(ATTRIBUTES, 0.55).map((name) => [name, value(dice, dice.pick(KINDS), depth)]));
}

function scope(dice: Dice, side: string): string {
  return dice.pick([
    () => side,
    () => side,
    () => `${side} == ${entityText(dice)}`,
    () => `${side} in ${entityText(dice)}`,
    () => `${side} is ${dice.pick(ENTITY_TYPES)}`,
    () => `${side} is ${dice.pick(ENTITY_TYPES)} in ${entityText(dice)}`,
  ])();
}

function actionScope(dice: Dice): string {
  return dice.pick([
    () => 'action',
    () => `action == Action::"${dice.pick(ACTIONS)}"`,
    () => 'action in Action::"g"',
    () =>
      `action in [${dice
        .some([...ACTIONS, 'g'], 0.5)
        .map((id) => `Action::"${id}"`)
        .join(', ')}]`,
  ])();
}

function policy(dice: Dice): string {
  const expressions = new Expressions(dice);
  const conditions = dice.list(
    2,
    () => `${dice.chance(0.7) ? 'when' : 'unless'} { ${expressions.of('bool', 1 + dice.below(4))} }`,
  );
  const head = `${dice.chance(0.6) ? 'permit' : 'forbid'} (${scope(dice, 'principal')}, ${actionScope(dice)}, ${scope(dice, 'resource')})`;
  return `${head} ${conditions.join(' ')};`;
}

function entities(dice: Dice): JsonRecord[] {
  const uids = ENTITY_TYPES.flatMap((type) => IDS.map((id) => ref(type, id)));
  const some = uids
    .map((uid, at) => ({
      uid,
      // Parents come later in the list, so there is no cycle.
      parents: dice.some(uids.slice(at + 1), 0.2),
      attrs: attributes(dice, 2),
      tags: dice.chance(0.4) ? { a: value(dice, dice.pick(KINDS), 1), '': 'x' } : {},
    }))
    .filter(() => dice.chance(0.8));
  const actions = ACTIONS.map((id) => ({
    uid: ref('Action', id),
    parents: dice.chance(0.6) ? [ref('Action', 'g')] : [],
    attrs: {},
    tags: {},
  }));
  return [...some, ...actions];
}

/** `policies` policies and `requests` requests from one seed. */
export function randomWorld(seed: number, size: { readonly policies: number; readonly requests: number }): World {
  const dice = new Dice(seed);
  const uid = () => ref(dice.pick(ENTITY_TYPES), dice.pick(IDS));
  return {
    policies: Array.from({ length: size.policies }, () => policy(dice)),
    entities: entities(dice),
    requests: Array.from({ length: size.requests }, () => ({
      principal: uid(),
      action: ref('Action', dice.pick([...ACTIONS, 'g', 'unknown'])),
      resource: uid(),
      context: attributes(dice, 2),
    })),
  };
}
