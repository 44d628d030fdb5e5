/** Cedar values as the evaluator holds them. Immutable after construction; equality is structural and never fails. */
import { Datetime } from './extension/datetime.ts';
import { Decimal } from './extension/decimal.ts';
import { Duration } from './extension/duration.ts';
import { IpAddress } from './extension/ip.ts';
import { TYPE_FAILURE } from './fail.ts';
import type { Long } from './long.ts';

export class EntityUid {
  readonly type: string;
  readonly id: string;
  #key: string | undefined;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
  }

  /** `Type::"id"`, the id unescaped: injective, because a type name has no quotation mark. Made when first asked for. */
  get key(): string {
    this.#key ??= entityKey(this.type, this.id);
    return this.#key;
  }
}

export const entityKey = (type: string, id: string): string => `${type}::"${id}"`;

type Extension = Decimal | Datetime | Duration | IpAddress;
export type RecordValue = ReadonlyMap<string, Value>;
export type Value = boolean | string | Long | EntityUid | SetValue | RecordValue | Extension;

type Primitive = boolean | string | Long;

const isPrimitive = (value: Value): value is Primitive => typeof value !== 'object';

/** Sets up to this size are searched one by one, which is faster than hashing. */
const LINEAR_SIZE_MAX = 8;

/** A set without duplicates. Large ones look primitives and entities up by key; everything else is compared one by one. */
export class SetValue {
  readonly elements: readonly Value[];
  readonly #primitives: ReadonlySet<Primitive> | undefined;
  readonly #entities: ReadonlySet<string> | undefined;
  /** What has no key, in large sets. */
  readonly #others: readonly Value[];

  constructor(elements: readonly Value[]) {
    if (elements.length <= LINEAR_SIZE_MAX) {
      this.elements = distinct(elements);
      this.#others = this.elements;
      return;
    }
    const primitives = new Set<Primitive>();
    const entities = new Map<string, EntityUid>();
    const others: Value[] = [];
    for (const element of elements) {
      if (isPrimitive(element)) primitives.add(element);
      else if (element instanceof EntityUid) entities.set(element.key, element);
      else if (!others.some((other) => equals(other, element))) others.push(element);
    }
    this.elements = [...primitives, ...entities.values(), ...others];
    this.#primitives = primitives;
    this.#entities = new Set(entities.keys());
    this.#others = others;
  }

  get size(): number {
    return this.elements.length;
  }

  has(value: Value): boolean {
    if (this.#primitives !== undefined && isPrimitive(value)) return this.#primitives.has(value);
    if (this.#entities !== undefined && value instanceof EntityUid) return this.#entities.has(value.key);
    return isAmong(value, this.#others, this.#others.length);
  }

  hasAll(other: SetValue): boolean {
    const { elements } = other;
    if (elements.length > this.elements.length) return false;
    for (let i = 0; i < elements.length; i += 1) if (!this.has(elements[i] as Value)) return false;
    return true;
  }

  hasAny(other: SetValue): boolean {
    const { elements } = other;
    for (let i = 0; i < elements.length; i += 1) if (this.has(elements[i] as Value)) return true;
    return false;
  }
}

function isAmong(value: Value, list: readonly Value[], count: number): boolean {
  for (let i = 0; i < count; i += 1) if (equals(list[i] as Value, value)) return true;
  return false;
}

/** The same list when it has no duplicates, which is the common case. */
function distinct(elements: readonly Value[]): readonly Value[] {
  for (let i = 1; i < elements.length; i += 1) {
    if (isAmong(elements[i] as Value, elements, i)) return elements.filter((element, at) => !isAmong(element, elements, at));
  }
  return elements;
}

function equalRecords(a: RecordValue, b: RecordValue): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}

/** Cedar's `==`: values of different types are unequal, never an error. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof EntityUid) return b instanceof EntityUid && a.id === b.id && a.type === b.type;
  if (a instanceof SetValue) return b instanceof SetValue && a.size === b.size && a.hasAll(b);
  if (a instanceof Map) return b instanceof Map && equalRecords(a, b);
  return equalExtensions(a as Extension, b);
}

function equalExtensions(a: Extension, b: Value): boolean {
  if (a instanceof Decimal) return b instanceof Decimal && a.scaled === b.scaled;
  if (a instanceof Datetime) return b instanceof Datetime && a.epochMs === b.epochMs;
  if (a instanceof Duration) return b instanceof Duration && a.ms === b.ms;
  return b instanceof IpAddress && a.isSameAs(b);
}

export function isLong(value: Value): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function isRecordValue(value: Value): value is RecordValue {
  return value instanceof Map;
}

export function asLong(value: Value): Long {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw TYPE_FAILURE;
}

export function asEntity(value: Value): EntityUid {
  if (value instanceof EntityUid) return value;
  throw TYPE_FAILURE;
}

export function asSet(value: Value): SetValue {
  if (value instanceof SetValue) return value;
  throw TYPE_FAILURE;
}

export function asText(value: Value): string {
  if (typeof value === 'string') return value;
  throw TYPE_FAILURE;
}
