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
  /** `Type::"id"`, the id unescaped: injective, because a type name has no quotation mark. */
  readonly key: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = entityKey(type, id);
  }
}

export const entityKey = (type: string, id: string): string => `${type}::"${id}"`;

export type Extension = Decimal | Datetime | Duration | IpAddress;
export type RecordValue = ReadonlyMap<string, Value>;
export type Value = boolean | string | Long | EntityUid | SetValue | RecordValue | Extension;

type Primitive = boolean | string | Long;

const isPrimitive = (value: Value): value is Primitive => typeof value !== 'object';

/** A set without duplicates: primitives and entities are looked up by key, everything else is compared one by one. */
export class SetValue {
  readonly primitives: ReadonlySet<Primitive>;
  readonly entities: ReadonlyMap<string, EntityUid>;
  readonly others: readonly Value[];
  readonly size: number;

  constructor(elements: Iterable<Value>) {
    const primitives = new Set<Primitive>();
    const entities = new Map<string, EntityUid>();
    const others: Value[] = [];
    for (const element of elements) {
      if (isPrimitive(element)) primitives.add(element);
      else if (element instanceof EntityUid) entities.set(element.key, element);
      else if (!others.some((other) => equals(other, element))) others.push(element);
    }
    this.primitives = primitives;
    this.entities = entities;
    this.others = others;
    this.size = primitives.size + entities.size + others.length;
  }

  has(value: Value): boolean {
    if (isPrimitive(value)) return this.primitives.has(value);
    if (value instanceof EntityUid) return this.entities.has(value.key);
    return this.others.some((other) => equals(other, value));
  }

  hasAll(other: SetValue): boolean {
    if (other.size > this.size) return false;
    for (const value of other.elements()) if (!this.has(value)) return false;
    return true;
  }

  hasAny(other: SetValue): boolean {
    for (const value of other.elements()) if (this.has(value)) return true;
    return false;
  }

  *elements(): IterableIterator<Value> {
    yield* this.primitives;
    yield* this.entities.values();
    yield* this.others;
  }
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
  if (a instanceof Decimal) return b instanceof Decimal && a.scaled === b.scaled;
  if (a instanceof Datetime) return b instanceof Datetime && a.epochMs === b.epochMs;
  if (a instanceof Duration) return b instanceof Duration && a.ms === b.ms;
  return a instanceof IpAddress && b instanceof IpAddress && a.isSameAs(b);
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
