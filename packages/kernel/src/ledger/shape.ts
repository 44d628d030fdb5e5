/**
 * Small closed shapes: one definition gives the TypeScript type, the check at run time and the canonical text, so that none can drift.
 * Checking and printing are one pass, since every append pays for it.
 */
import { formatFault } from './hash.ts';

/**
 * Returns the canonical JSON of the value, equal to what `canonicalize` prints; throws a `ledger.format` fault that names the place
 * `at` + `name`. `of` exists for the compiler only.
 */
export type Shape<T> = ((value: unknown, at: string, name: string) => string) & { readonly of?: T };
/** `more`: further members that are printed as if they were the value's own; none may be in both. */
export type RecordShape<T> = ((value: unknown, at: string, name: string, more?: object) => string) & { readonly of?: T };
export type ShapeType<S> = S extends Shape<infer T> ? T : never;
export type Shapes = Readonly<Record<string, Shape<unknown>>>;

type Flat<T> = { readonly [K in keyof T]: T[K] };
export type RecordType<R extends Shapes, O extends Shapes> = Flat<
  { readonly [K in keyof R]: ShapeType<R[K]> } & { readonly [K in Exclude<keyof O, keyof R>]?: ShapeType<O[K]> }
>;

const pathOf = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

/** INVARIANT: the patterns let printable ASCII through and nothing else, so quotes and backslashes are all there is to escape. */
const quote = (value: string): string => (value.includes('"') || value.includes('\\') ? JSON.stringify(value) : `"${value}"`);

export function text(pattern: RegExp, what: string): Shape<string> {
  return (value, at, name) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw formatFault(`\`${pathOf(at, name)}\` is not ${what}`);
    return quote(value);
  };
}

export function integer(least: number): Shape<number> {
  return (value, at, name) => {
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw formatFault(`\`${pathOf(at, name)}\` is not a whole number of at least ${least}`);
    return String(value as number);
  };
}

export const flag: Shape<boolean> = (value, at, name) => {
  if (typeof value !== 'boolean') throw formatFault(`\`${pathOf(at, name)}\` is neither true nor false`);
  return value ? 'true' : 'false';
};

export function oneOf<const T extends string | number | boolean | null>(...values: readonly T[]): Shape<T> {
  const texts = new Map<unknown, string>(values.map((value) => [value, JSON.stringify(value)]));
  return (value, at, name) => {
    const known = texts.get(value);
    if (known === undefined) throw formatFault(`\`${pathOf(at, name)}\` is not one of the values it may have`);
    return known;
  };
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at, name) => (value === null ? 'null' : shape(value, at, name));
}

export function list<T>(item: Shape<T>, countMax: number): Shape<readonly T[]> {
  return (value, at, name) => {
    if (!Array.isArray(value)) throw formatFault(`\`${pathOf(at, name)}\` is not a list`);
    if (value.length > countMax) throw formatFault(`\`${pathOf(at, name)}\` has more than ${countMax} members`);
    // `length` is an own key too: one more key than elements, or there are holes or named members.
    if (Reflect.ownKeys(value).length !== value.length + 1)
      throw formatFault(`\`${pathOf(at, name)}\` has holes or named members`);
    let printed = '';
    for (const each of value) printed += printed === '' ? item(each, at, name) : `,${item(each, at, name)}`;
    return `[${printed}]`;
  };
}

interface Member {
  readonly name: string;
  /** `"name":` */
  readonly label: string;
  readonly shape: Shape<unknown>;
  readonly needed: boolean;
}

function membersOf(required: Shapes, optional: Shapes): readonly Member[] {
  const shapes = { ...optional, ...required };
  // `sort` compares UTF-16 code units, which is the order of RFC 8785.
  return Object.keys(shapes)
    .sort()
    .flatMap((name) => {
      const shape = shapes[name];
      return shape === undefined
        ? []
        : [{ name, label: `${JSON.stringify(name)}:`, shape, needed: Object.hasOwn(required, name) }];
    });
}

type Values = Readonly<Record<string, unknown>>;

/** Why the members that are there are not the members that were printed: one is undefined, missing or unknown. */
function refuse(values: Values, members: readonly Member[], path: string): never {
  for (const { name, shape, needed } of members) {
    if (Object.hasOwn(values, name)) shape(values[name], path, name);
    else if (needed) throw formatFault(`\`${pathOf(path, name)}\` is missing`);
  }
  throw formatFault(`\`${path === '' ? 'entry' : path}\` has a member that is not known there`);
}

/** A record with exactly these members; a member that is both required and optional is required. */
export function record<const R extends Shapes, const O extends Shapes>(required: R, optional: O): RecordShape<RecordType<R, O>> {
  const members = membersOf(required, optional);
  return (value, at, name, more) => {
    const path = name === '' ? at : pathOf(at, name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw formatFault(`\`${path}\` is not a record`);
    const values = value as Values;
    let printed = '';
    let left = Reflect.ownKeys(values).length + (more === undefined ? 0 : Reflect.ownKeys(more).length);
    for (const member of members) {
      let each = values[member.name];
      if (each === undefined && more !== undefined) each = (more as Values)[member.name];
      if (each === undefined) {
        if (member.needed) refuse({ ...values, ...more }, members, path);
        continue;
      }
      left -= 1;
      printed += (printed === '' ? '' : ',') + member.label + member.shape(each, path, member.name);
    }
    if (left !== 0) refuse({ ...values, ...more }, members, path);
    return `{${printed}}`;
  };
}
