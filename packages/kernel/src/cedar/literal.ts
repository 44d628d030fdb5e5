/** Literals of a policy, and untyped values of Cedar's JSON data: escapes name entities and extension values. */
import { Fault } from '../fault.ts';
import { isRecord } from '../json.ts';
import { FUNCTIONS } from './functions.ts';
import { longOf } from './long.ts';
import { EntityUid, SetValue, type Value } from './value.ts';

const refuse = (): never => {
  throw new Fault('bundle.invalid', 'A value is not one that Cedar has.');
};

/** `{type, id}`, plain or under `__entity`; undefined for anything else. */
export function uidOf(json: unknown): EntityUid | undefined {
  if (!isRecord(json)) return undefined;
  const inner = isRecord(json.__entity) ? json.__entity : json;
  const { type, id } = inner;
  return typeof type === 'string' && typeof id === 'string' ? new EntityUid(type, id) : undefined;
}

/** `{fn, arg}` or `{fn, args}`, arguments converted by `convert`. Extension failures pass through. */
export function extensionOf(json: unknown, convert: (arg: unknown) => Value): Value {
  if (!isRecord(json) || typeof json.fn !== 'string') return refuse();
  const call = FUNCTIONS.get(json.fn);
  if (call === undefined) return refuse();
  const args: readonly unknown[] = Array.isArray(json.args) ? json.args : [json.arg];
  return call(...args.map(convert));
}

export function longOfJson(json: number | bigint): Value {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json + 0 : refuse();
  return longOf(json) ?? refuse();
}

/** Untyped JSON (a bigint for a Long that a number cannot hold) as a value; refuses null, fractions and unknown escapes. */
export function literalValue(json: unknown): Value {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number' || typeof json === 'bigint') return longOfJson(json);
  if (Array.isArray(json)) return new SetValue(json.map(literalValue));
  if (!isRecord(json)) return refuse();
  if ('__entity' in json) return uidOf(json) ?? refuse();
  if ('__extn' in json) return extensionOf(json.__extn, literalValue);
  return new Map(Object.entries(json).map(([name, value]) => [name, literalValue(value)]));
}
