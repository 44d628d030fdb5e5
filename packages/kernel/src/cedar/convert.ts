/**
 * JSON checked and turned into Cedar values by schema type. Callers write plain JSON: extension values are strings, entities are `{type, id}`,
 * and the escapes of Cedar's own JSON are unknown keys like any other. A failure is reported by return value, never thrown, so that a
 * malformed request costs no more than a good one.
 */
import { parseDatetime } from './extension/datetime.ts';
import { parseDecimal } from './extension/decimal.ts';
import { parseDuration } from './extension/duration.ts';
import { parseIp } from './extension/ip.ts';
import { EvaluationFailure } from './fail.ts';
import type { ExtensionName, MemberType, RecordType, SchemaType } from './types.ts';
import { EntityUid, SetValue, type Value } from './value.ts';

/** Bytes of UTF-8 in one string. */
export const STRING_BYTES_MAX = 65_536;
/** Elements of one set. */
export const SET_SIZE_MAX = 10_000;
/** Estimated bytes of a whole request: the text of its strings and eight for everything else. */
export const REQUEST_BYTES_MAX = 1_048_576;
const SCALAR_BYTES = 8;

/** State of one walk. INVARIANT: after a converter returned undefined, `problem` is set and `trail` leads from the failing value outwards. */
export interface Walk {
  /** Whether strings may come before a person: then nothing that hides or reorders text is let through. */
  readonly shown: boolean;
  bytes: number;
  problem: string;
  trail: string[] | undefined;
  /** Entities that were named, for a check against the store. */
  named: EntityUid[] | undefined;
}

export const newWalk = (shown: boolean): Walk => ({ shown, bytes: 0, problem: '', trail: undefined, named: undefined });

/** Notes a step of the way to what failed, from the inside out. */
function leave(walk: Walk, step: string): undefined {
  (walk.trail ??= []).push(step);
  return undefined;
}

export type Convert = (json: unknown, walk: Walk) => Value | undefined;

function fail(walk: Walk, problem: string): undefined {
  walk.problem = problem;
  return undefined;
}

/** RFC 6901 pointer to what failed, below `root`. */
export function pointerOf(walk: Walk, root: string): string {
  const steps = (walk.trail ?? []).toReversed().map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return `${root}${steps.join('')}`;
}

/** Controls, soft hyphen, zero-width, bidirectional, invisible operators, annotation and tag characters, variation fillers, lone surrogates. */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/u;
/** The same, with tab, line feed and carriage return let through, for members marked `@text("multiline")`. */
const HIDDEN_IN_LINES =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/u;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** Bytes of UTF-8 that a well-formed string takes. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair adds one, which makes four for the two.
    if (unit >= 0x800) bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
    else if (unit >= 0x80) bytes += 1;
  }
  return bytes;
}

function takeText(json: unknown, walk: Walk, hidden: RegExp): string | undefined {
  if (typeof json !== 'string') return fail(walk, 'must be a string');
  if (json.length * 3 > STRING_BYTES_MAX && byteLength(json) > STRING_BYTES_MAX) return fail(walk, 'is longer than 64 KiB');
  walk.bytes += json.length;
  if (!walk.shown) return LONE_SURROGATE.test(json) ? fail(walk, 'has half of a surrogate pair') : json;
  return hidden.test(json) ? fail(walk, 'has a control, bidirectional or invisible character') : json;
}

export const convertText: Convert = (json, walk) => takeText(json, walk, HIDDEN);
const convertLines: Convert = (json, walk) => takeText(json, walk, HIDDEN_IN_LINES);

const convertBoolean: Convert = (json, walk) => {
  walk.bytes += SCALAR_BYTES;
  return typeof json === 'boolean' ? json : fail(walk, 'must be true or false');
};

const convertLong: Convert = (json, walk) => {
  walk.bytes += SCALAR_BYTES;
  return typeof json === 'number' && Number.isSafeInteger(json) ? json + 0 : fail(walk, 'must be an integer of at most 53 bits');
};

const PARSERS: Readonly<Record<ExtensionName, (text: string) => Value>> = {
  decimal: parseDecimal,
  datetime: parseDatetime,
  duration: parseDuration,
  ipaddr: parseIp,
};

function convertExtension(name: ExtensionName): Convert {
  const parse = PARSERS[name];
  return (json, walk) => {
    const text = takeText(json, walk, HIDDEN);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (thrown) {
      if (thrown instanceof EvaluationFailure) return fail(walk, `must be the text of a Cedar ${name}`);
      throw thrown;
    }
  };
}

const isPlainRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** `{type, id}` and nothing else, of exactly this type. */
function convertEntity(type: string, ids: ReadonlySet<string> | undefined): Convert {
  return (json, walk) => {
    if (!isPlainRecord(json) || json.type !== type || Object.keys(json).length !== 2) {
      return fail(walk, `must be {"type": "${type}", "id": ...} and nothing else`);
    }
    const id = takeText(json.id, walk, HIDDEN);
    if (id === undefined) return undefined;
    if (ids !== undefined && !ids.has(id)) return fail(walk, `is not one of the ids of ${type}`);
    const uid = new EntityUid(type, id);
    if (ids === undefined) (walk.named ??= []).push(uid);
    return uid;
  };
}

function convertSet(element: Convert): Convert {
  return (json, walk) => {
    if (!Array.isArray(json)) return fail(walk, 'must be a list');
    if (json.length > SET_SIZE_MAX) return fail(walk, `has more than ${SET_SIZE_MAX} elements`);
    const values: Value[] = [];
    for (let i = 0; i < json.length; i += 1) {
      const value = element(json[i], walk);
      if (value === undefined) return leave(walk, String(i));
      values.push(value);
    }
    return new SetValue(values);
  };
}

export interface ConvertMember {
  readonly name: string;
  readonly required: boolean;
  readonly convert: Convert;
  /** Whether every object has something of this name without owning it, such as `constructor`. */
  readonly isInherited: boolean;
}

/** Puts the members of `json` into `into`. False, with the problem in `walk`, for a key too many, a key missing or a wrong value. */
export function convertMembers(json: unknown, members: readonly ConvertMember[], into: Map<string, Value>, walk: Walk): boolean {
  if (!isPlainRecord(json)) {
    walk.problem = 'must be an object';
    return false;
  }
  let found = 0;
  for (let i = 0; i < members.length; i += 1) {
    const { name, required, convert, isInherited } = members[i] as ConvertMember;
    const own = isInherited && !Object.hasOwn(json, name) ? undefined : json[name];
    if (own === undefined) {
      if (!required) continue;
      walk.problem = 'is missing';
      leave(walk, name);
      return false;
    }
    found += 1;
    const value = convert(own, walk);
    if (value === undefined) {
      leave(walk, name);
      return false;
    }
    into.set(name, value);
  }
  // A key whose value is undefined is one too many as well.
  const keys = Object.keys(json);
  if (keys.length === found) return walk.bytes <= REQUEST_BYTES_MAX || refuseSize(walk);
  walk.problem = 'is not known here';
  leave(walk, keys.find((key) => json[key] === undefined || !members.some((member) => member.name === key)) ?? '');
  return false;
}

function refuseSize(walk: Walk): false {
  walk.problem = 'is larger than 1 MiB';
  return false;
}

export type EnumIds = (type: string) => ReadonlySet<string> | undefined;

export function convertMember(name: string, member: MemberType, idsOf: EnumIds): ConvertMember {
  const isLines = member.annotations.text === 'multiline' && member.type.kind === 'string';
  const convert = isLines ? convertLines : converterOf(member.type, idsOf);
  return { name, required: member.required, convert, isInherited: name in Object.prototype };
}

function convertRecord(type: RecordType, idsOf: EnumIds): Convert {
  const members = [...type.members].map(([name, member]) => convertMember(name, member, idsOf));
  return (json, walk) => {
    const into = new Map<string, Value>();
    return convertMembers(json, members, into, walk) ? into : undefined;
  };
}

/** A converter for values of one type; `idsOf` answers for enumerated entity types. */
export function converterOf(type: SchemaType, idsOf: EnumIds): Convert {
  switch (type.kind) {
    case 'boolean':
      return convertBoolean;
    case 'long':
      return convertLong;
    case 'string':
      return convertText;
    case 'extension':
      return convertExtension(type.name);
    case 'entity':
      return convertEntity(type.name, idsOf(type.name));
    case 'set':
      return convertSet(converterOf(type.element, idsOf));
    case 'record':
      return convertRecord(type, idsOf);
  }
}
