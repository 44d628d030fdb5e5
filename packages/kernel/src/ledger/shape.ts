/** Small closed shapes: one definition gives the TypeScript type and the check at run time, so that the two can't drift. */
import { formatFault } from './hash.ts';

/** Throws a `ledger.format` fault that names the place; `of` exists for the compiler only. */
export type Shape<T> = ((value: unknown, at: string) => void) & { readonly of?: T };
export type ShapeType<S> = S extends Shape<infer T> ? T : never;
export type Shapes = Readonly<Record<string, Shape<unknown>>>;

type Flat<T> = { readonly [K in keyof T]: T[K] };
export type RecordType<R extends Shapes, O extends Shapes> = Flat<
  { readonly [K in keyof R]: ShapeType<R[K]> } & { readonly [K in Exclude<keyof O, keyof R>]?: ShapeType<O[K]> }
>;

export function text(pattern: RegExp, what: string): Shape<string> {
  return (value, at) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw formatFault(`\`${at}\` is not ${what}`);
  };
}

export function integer(least: number): Shape<number> {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw formatFault(`\`${at}\` is not a whole number of at least ${least}`);
  };
}

export const flag: Shape<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw formatFault(`\`${at}\` is neither true nor false`);
};

export function oneOf<const T extends string | number | boolean | null>(...values: readonly T[]): Shape<T> {
  return (value, at) => {
    if (!(values as readonly unknown[]).includes(value)) throw formatFault(`\`${at}\` is not one of the values it may have`);
  };
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => {
    if (value !== null) shape(value, at);
  };
}

export function list<T>(item: Shape<T>, countMax: number): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw formatFault(`\`${at}\` is not a list`);
    if (value.length > countMax) throw formatFault(`\`${at}\` has more than ${countMax} members`);
    for (const each of value) item(each, at);
  };
}

/** A record with exactly these members; a member that is both required and optional is required. */
export function record<const R extends Shapes, const O extends Shapes>(required: R, optional: O): Shape<RecordType<R, O>> {
  const members = new Map<string, Shape<unknown>>([...Object.entries(optional), ...Object.entries(required)]);
  const needed = Object.keys(required);
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw formatFault(`\`${at}\` is not a record`);
    const prefix = at === '' ? '' : `${at}.`;
    for (const key of Object.keys(value)) {
      const shape = members.get(key);
      if (shape === undefined) throw formatFault(`\`${at === '' ? 'entry' : at}\` has a member that is not known there`);
      shape((value as Readonly<Record<string, unknown>>)[key], prefix + key);
    }
    for (const key of needed) if (!Object.hasOwn(value, key)) throw formatFault(`\`${prefix}${key}\` is missing`);
  };
}
