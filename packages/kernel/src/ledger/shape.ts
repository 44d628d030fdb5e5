/**
 * Small closed shapes: one definition gives the TypeScript type, the check at run time and the canonical text, so that none can drift.
 * Checking and printing are one pass, since every append pays for it.
 */
import { isDense } from './canonical.ts';
import { formatFault } from './hash.ts';

type Print = (value: unknown, at: string, name: string) => string;
/**
 * Returns the canonical JSON of the value, equal to what `canonicalize` prints; throws a `ledger.format` fault that names the place
 * `at` + `name`. `inner`, of texts: the same without the quotes around it, which a record prints along with its labels. `of` exists for
 * the compiler only.
 */
export type Shape<T> = Print & { readonly of?: T; readonly inner?: Print };
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
const escaped = (value: string): string =>
  value.includes('"') || value.includes('\\') ? JSON.stringify(value).slice(1, -1) : value;

/** `plain`: a stricter pattern, whose texts hold nothing to escape. One test then does for nearly every text. */
export function text(pattern: RegExp, what: string, plain?: RegExp): Shape<string> {
  const inner: Print = (value, at, name) => {
    if (typeof value === 'string') {
      if (plain?.test(value) === true) return value;
      if (pattern.test(value)) return escaped(value);
    }
    throw formatFault(`\`${pathOf(at, name)}\` is not ${what}`);
  };
  return Object.assign<Print, { inner: Print }>((value, at, name) => `"${inner(value, at, name)}"`, { inner });
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
  const quote = item.inner === undefined ? '' : '"';
  const print = item.inner ?? item;
  const between = `${quote},${quote}`;
  return (value, at, name) => {
    if (!Array.isArray(value)) throw formatFault(`\`${pathOf(at, name)}\` is not a list`);
    if (value.length > countMax) throw formatFault(`\`${pathOf(at, name)}\` has more than ${countMax} members`);
    if (!isDense(value)) throw formatFault(`\`${pathOf(at, name)}\` has holes or named members`);
    if (value.length === 0) return '[]';
    let printed = `[${quote}${print(value[0], at, name)}`;
    for (let i = 1; i < value.length; i++) printed += between + print(value[i], at, name);
    return `${printed}${quote}]`;
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

/** Own keys of every kind, hidden ones and symbols included. The two lists together are several times as fast as `Reflect.ownKeys`. */
const keysOf = (value: object): readonly string[] | undefined =>
  Object.getOwnPropertySymbols(value).length === 0 ? Object.getOwnPropertyNames(value) : undefined;

interface Step {
  readonly name: string;
  /** What stands between the value before and this one: `{"name":` for the first, `,"name":` for others, and the quotes of texts. */
  readonly label: string;
  readonly print: Print;
  /** Whether the member is one of `more`. */
  readonly isMore: boolean;
}

/** What to print, in order, for values whose keys are exactly these. */
interface Plan {
  readonly own: readonly string[];
  readonly more: readonly string[];
  readonly steps: readonly Step[];
  readonly end: string;
}

const NONE: readonly string[] = [];
/** Nearly all values of a shape are made at a few places, each of which writes the same members in the same order. */
const PLANS_MAX = 8;

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The plan of these keys; undefined where one is unknown, in both lists, or missing. */
function planOf(members: readonly Member[], own: readonly string[], more: readonly string[]): Plan | undefined {
  const steps: Step[] = [];
  let quoted = '';
  for (const { name, label, shape, needed } of members) {
    const isMore = more.includes(name);
    if (own.includes(name) || isMore) {
      const before = `${quoted}${steps.length === 0 ? '{' : ','}${label}`;
      quoted = shape.inner === undefined ? '' : '"';
      steps.push({ name, label: before + quoted, print: shape.inner ?? shape, isMore });
    } else if (needed) return undefined;
  }
  const end = steps.length === 0 ? '{}' : `${quoted}}`;
  return steps.length === own.length + more.length ? { own, more, steps, end } : undefined;
}

/** Finds plans by comparing keys, the one that was used last first. */
class Plans {
  readonly #members: readonly Member[];
  #known: readonly Plan[] = [];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  find(own: readonly string[], more: readonly string[]): Plan | undefined {
    for (const plan of this.#known) if (sameKeys(plan.own, own) && sameKeys(plan.more, more)) return plan;
    const plan = planOf(this.#members, own, more);
    if (plan !== undefined) this.#known = [plan, ...this.#known.slice(0, PLANS_MAX - 1)];
    return plan;
  }
}

function printSteps({ steps, end }: Plan, values: Values, more: Values, path: string): string {
  let printed = '';
  for (const { name, label, print, isMore } of steps) printed += label + print(isMore ? more[name] : values[name], path, name);
  return printed + end;
}

/** A record with exactly these members; a member that is both required and optional is required. */
export function record<const R extends Shapes, const O extends Shapes>(required: R, optional: O): RecordShape<RecordType<R, O>> {
  const members = membersOf(required, optional);
  const plans = new Plans(members);
  return (value, at, name, more) => {
    const path = name === '' ? at : pathOf(at, name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw formatFault(`\`${path}\` is not a record`);
    const values = value as Values;
    const own = keysOf(value);
    const others = more === undefined ? NONE : keysOf(more);
    const plan = own === undefined || others === undefined ? undefined : plans.find(own, others);
    if (plan === undefined) refuse({ ...values, ...more }, members, path);
    return printSteps(plan, values, (more ?? values) as Values, path);
  };
}
