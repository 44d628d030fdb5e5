/**
 * Canonical JSON (RFC 8785), stricter than the usual libraries: whatever they would drop or change silently is a fault here,
 * because what is dropped is missing evidence.
 */
import { Fault } from '../fault.ts';
import type { Json, JsonRecord } from '../json.ts';
import { utf8Decode } from './utf8.ts';

/** Nesting depth; a cycle always runs into it. */
export const JSON_DEPTH_MAX = 64;

const refuse = (text: string): Fault => new Fault('json.not-canonical', text);

/** Neither quote nor backslash nor control nor anything beyond ASCII: printed as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) throw refuse('A text holds half of a surrogate pair');
  return JSON.stringify(text);
}

/** A finite number as ECMAScript prints it, which is the form that RFC 8785 takes; `-0` is `0`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw refuse('A number is not finite');
  return String(value);
}

function checkedNumber(value: number): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refuse('A whole number is beyond 2^53 - 1: larger ones are written as decimal strings');
  }
  return numberText(value);
}

/** Elements and nothing else: neither holes nor members that JSON would drop. Counting keys is several times as fast as `Reflect.ownKeys`. */
export const isDense = (list: readonly unknown[]): boolean =>
  Object.keys(list).length === list.length && Object.getOwnPropertySymbols(list).length === 0;

function printArray(list: readonly unknown[], depth: number): string {
  if (Object.getPrototypeOf(list) !== Array.prototype) throw refuse('An array has a foreign prototype');
  if (!isDense(list)) throw refuse('An array has holes or named members');
  let text = '[';
  for (let i = 0; i < list.length; i++) text += (i === 0 ? '' : ',') + print(list[i], depth);
  return `${text}]`;
}

function sortedKeys(record: object): string[] {
  const keys = Object.keys(record);
  // Together several times as fast as `Reflect.ownKeys`.
  if (Object.getOwnPropertyNames(record).length !== keys.length || Object.getOwnPropertySymbols(record).length > 0)
    throw refuse('An object has members that JSON would drop');
  for (let i = 1; i < keys.length; i++) {
    // Comparing strings with `<` compares UTF-16 code units, which is the order of RFC 8785.
    if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return keys.sort();
  }
  return keys;
}

function printRecord(record: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null) throw refuse('An object is not a plain record');
  let text = '{';
  for (const key of sortedKeys(record)) {
    const value: unknown = (record as Readonly<Record<string, unknown>>)[key];
    text += `${text.length === 1 ? '' : ','}${quote(key)}:${print(value, depth)}`;
  }
  return `${text}}`;
}

function print(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return checkedNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= JSON_DEPTH_MAX) throw refuse(`The nesting is deeper than ${JSON_DEPTH_MAX}, or there is a cycle`);
      return Array.isArray(value) ? printArray(value, depth + 1) : printRecord(value, depth + 1);
    default:
      throw refuse(`A value of type ${typeof value} has no JSON form`);
  }
}

/**
 * The canonical text of a JSON value. Faults with `json.not-canonical` on undefined members, holes, functions, symbols, BigInt,
 * NaN, infinities, whole numbers beyond 2^53 - 1, lone surrogates, class instances (Map, Date, anything with `toJSON` by
 * prototype), hidden members, cycles and nesting deeper than 64.
 */
export function canonicalize(value: unknown): string {
  return print(value, 0);
}

/** An escaped surrogate: a lone one in the value, or none at all; the printer decides. */
const SURROGATE_ESCAPE = '\\ud';

/** Whether members are sorted, whole numbers exact and the nesting allowed, in what `JSON.parse` made: plain records, no holes. */
function isOrdered(value: Json, depth: number): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= JSON_DEPTH_MAX) return false;
  if (!Array.isArray(value)) return isOrderedRecord(value as JsonRecord, depth + 1);
  for (const each of value as readonly Json[]) if (!isOrdered(each, depth + 1)) return false;
  return true;
}

function isOrderedRecord(record: JsonRecord, depth: number): boolean {
  let before: string | undefined;
  for (const key of Object.keys(record)) {
    if (before !== undefined && before > key) return false;
    const member = record[key];
    if (member === undefined || !isOrdered(member, depth)) return false;
    before = key;
  }
  return true;
}

/**
 * Reads canonical bytes, and only those: printing what was read must give the same text. That one comparison refuses duplicate
 * members, other orders, spaces, `1.0`, `1E2`, `-0`, needless escapes and a byte order mark. `decode` must be fatal on malformed
 * UTF-8 and keep a byte order mark.
 */
export function parseCanonical(bytes: Uint8Array, decode: (bytes: Uint8Array) => string = utf8Decode): Json {
  let text: string;
  let value: Json;
  try {
    text = decode(bytes);
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new Fault('json.not-canonical', 'The bytes are not JSON in UTF-8', { cause });
  }
  // What is in order already is printed by the platform, which is several times as fast; in doubt our own printer decides.
  if (!text.includes(SURROGATE_ESCAPE) && isOrdered(value, 0) && JSON.stringify(value) === text) return value;
  if (canonicalize(value) !== text) throw refuse('The bytes are JSON, but not in canonical form');
  return value;
}
