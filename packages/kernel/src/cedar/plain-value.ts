/** Foreign JSON data as Cedar values, as Cedar's own reader takes it: escapes always, and by type where a schema says more. */
import { Fault } from '../fault.ts';
import { isRecord } from '../json.ts';
import { FUNCTIONS } from './functions.ts';
import { extensionOf, literalValue, longOfJson, uidOf } from './literal.ts';
import type { ExtensionName, SchemaType } from './types.ts';
import { SetValue, type Value } from './value.ts';

const CONSTRUCTORS = { decimal: 'decimal', datetime: 'datetime', duration: 'duration', ipaddr: 'ip' } as const;

/** Types of the arguments of functions that make one extension value of others. */
const PARAMETERS: Readonly<Record<string, readonly ExtensionName[]>> = {
  offset: ['datetime', 'duration'],
  durationSince: ['datetime', 'datetime'],
  toDate: ['datetime'],
  toTime: ['datetime'],
};

/** An argument may leave out what its function implies, like any other value of a known type. */
function argument(json: unknown, fn: string, at: number): Value {
  const name = PARAMETERS[fn]?.[at];
  return coerce(json, name === undefined ? undefined : { kind: 'extension', name });
}

const refuse = (): never => {
  throw new Fault('bundle.invalid', 'A value does not fit its type.');
};

/**
 * Integers may be bigints. Where a value does not look like its type it is read without one, so that validation, not reading, is what refuses it.
 * Throws an EvaluationFailure for extension text that is not well formed.
 */
export function coerce(json: unknown, type: SchemaType | undefined): Value {
  if (type === undefined) return literalValue(json);
  if (typeof json === 'boolean') return json;
  if (typeof json === 'number' || typeof json === 'bigint') return longOfJson(json);
  if (typeof json === 'string') return type.kind === 'extension' ? constructed(CONSTRUCTORS[type.name], json) : json;
  if (Array.isArray(json))
    return new SetValue(json.map((element) => coerce(element, type.kind === 'set' ? type.element : undefined)));
  if (!isRecord(json)) return refuse();
  return coerceRecord(json, type);
}

function constructed(name: string, text: string): Value {
  const call = FUNCTIONS.get(name);
  return call === undefined ? refuse() : call(text);
}

function coerceRecord(json: Readonly<Record<string, unknown>>, type: SchemaType): Value {
  if (type.kind === 'entity') return uidOf(json) ?? refuse();
  if (type.kind === 'extension') return extensionOf(json.__extn ?? json, argument);
  // In a record no name is an escape: its type says what its members are.
  if (type.kind !== 'record') return literalValue(json);
  return new Map(Object.entries(json).map(([name, value]) => [name, coerce(value, type.members.get(name)?.type)]));
}
