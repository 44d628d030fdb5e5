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

/** What an escape holds when it is one; anything else under its name is an attribute like any other, as to Cedar. */
const isUid = (json: unknown): boolean => isRecord(json) && typeof json.type === 'string' && typeof json.id === 'string';
const isCall = (json: unknown): boolean =>
  isRecord(json) && typeof json.fn === 'string' && (json.arg !== undefined || Array.isArray(json.args));

/** `{fn, arg}` or `{fn, args}`, arguments converted by `convert`, which is told the function and the position. Extension failures pass through. */
export function extensionOf(json: unknown, convert: (arg: unknown, fn: string, at: number) => Value): Value {
  if (!isRecord(json) || typeof json.fn !== 'string') return refuse();
  const { fn } = json;
  const call = FUNCTIONS.get(fn);
  if (call === undefined) return refuse();
  const args: readonly unknown[] = json.arg === undefined && Array.isArray(json.args) ? json.args : [json.arg];
  return call(...args.map((arg, at) => convert(arg, fn, at)));
}

export function longOfJson(json: number | bigint): Value {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json + 0 : refuse();
  return longOf(json) ?? refuse();
}

/** The value that the only member of an object escapes, or undefined; beside others no name is an escape. */
function escapedValue(json: Readonly<Record<string, unknown>>): Value | undefined {
  if (typeof json.__expr === 'string') return refuse();
  if (isUid(json.__entity)) return uidOf(json);
  return isCall(json.__extn) ? extensionOf(json.__extn, literalValue) : undefined;
}

/** Untyped JSON (a bigint for a Long that a number cannot hold) as a value; refuses null, fractions and the escape that Cedar gave up. */
export function literalValue(json: unknown): Value {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number' || typeof json === 'bigint') return longOfJson(json);
  if (Array.isArray(json)) return new SetValue(json.map(literalValue));
  if (!isRecord(json)) return refuse();
  const members = Object.entries(json);
  return (
    (members.length === 1 ? escapedValue(json) : undefined) ??
    new Map(members.map(([name, value]) => [name, literalValue(value)]))
  );
}
