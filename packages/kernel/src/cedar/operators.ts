/** Cedar's operators on evaluated operands. Both operands are evaluated before any type is checked, left to right. */
import { isInEntity, type Environment } from './environment.ts';
import { Datetime } from './extension/datetime.ts';
import { Duration } from './extension/duration.ts';
import { ATTRIBUTE_FAILURE, ENTITY_FAILURE, TYPE_FAILURE } from './fail.ts';
import { addLong, multiplyLong, negateLong, subtractLong } from './long.ts';
import { asEntity, asLong, asSet, asText, EntityUid, equals, isLong, isRecordValue, SetValue, type Value } from './value.ts';

/** Operators that look at their operands only, so that constant operands can be folded. */
export const PURE_BINARY: Readonly<Record<string, (left: Value, right: Value) => Value>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
  '+': (left, right) => addLong(asLong(left), asLong(right)),
  '-': (left, right) => subtractLong(asLong(left), asLong(right)),
  '*': (left, right) => multiplyLong(asLong(left), asLong(right)),
  contains: (left, right) => asSet(left).has(right),
  containsAll: (left, right) => asSet(left).hasAll(asSet(right)),
  containsAny: (left, right) => asSet(left).hasAny(asSet(right)),
};

/** Operators that also look at the entities. */
export const ENTITY_BINARY: Readonly<Record<string, (left: Value, right: Value, env: Environment) => Value>> = {
  in: isIn,
  hasTag: (left, right, env) => {
    const entity = asEntity(left);
    const tag = asText(right);
    return env.entities.find(entity.key)?.tags.has(tag) ?? false;
  },
  getTag: (left, right, env) => {
    const entity = asEntity(left);
    const tag = asText(right);
    const data = env.entities.find(entity.key);
    if (data === undefined) throw ENTITY_FAILURE;
    return present(data.tags.get(tag));
  },
};

export const UNARY: Readonly<Record<string, (arg: Value) => Value>> = {
  '!': (arg) => {
    if (typeof arg !== 'boolean') throw TYPE_FAILURE;
    return !arg;
  },
  neg: (arg) => negateLong(asLong(arg)),
  isEmpty: (arg) => asSet(arg).size === 0,
};

/** Negative, zero or positive. Only Long, datetime and duration have an order under `<`; decimals have methods of their own. */
function compare(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (isLong(left) && isLong(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (left instanceof Datetime && right instanceof Datetime) return compare(left.epochMs, right.epochMs);
  if (left instanceof Duration && right instanceof Duration) return compare(left.ms, right.ms);
  throw TYPE_FAILURE;
}

/** Every element of a set is type-checked before any is tested, as Cedar does. */
export function isIn(left: Value, right: Value, env: Environment): boolean {
  const entity = asEntity(left);
  if (right instanceof EntityUid) return isInEntity(env, entity.key, right.key);
  if (!(right instanceof SetValue)) throw TYPE_FAILURE;
  const { elements } = right;
  for (let i = 0; i < elements.length; i += 1) if (!(elements[i] instanceof EntityUid)) throw TYPE_FAILURE;
  for (let i = 0; i < elements.length; i += 1) if (isInEntity(env, entity.key, (elements[i] as EntityUid).key)) return true;
  return false;
}

function present(value: Value | undefined): Value {
  if (value === undefined) throw ATTRIBUTE_FAILURE;
  return value;
}

export function attributeOf(from: Value, name: string, env: Environment): Value {
  if (from instanceof EntityUid) {
    const data = env.entities.find(from.key);
    if (data === undefined) throw ENTITY_FAILURE;
    return present(data.attrs.get(name));
  }
  if (isRecordValue(from)) return present(from.get(name));
  throw TYPE_FAILURE;
}

export function hasAttribute(from: Value, name: string, env: Environment): boolean {
  if (from instanceof EntityUid) return env.entities.find(from.key)?.attrs.has(name) ?? false;
  if (isRecordValue(from)) return from.has(name);
  throw TYPE_FAILURE;
}

/** `from has a.b.c`: false where a link is missing, a type failure where one is neither record nor entity. */
export function hasPath(from: Value, path: readonly string[], env: Environment): boolean {
  let at = from;
  for (const [position, name] of path.entries()) {
    if (!hasAttribute(at, name, env)) return false;
    if (position < path.length - 1) at = attributeOf(at, name, env);
  }
  return true;
}
