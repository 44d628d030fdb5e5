/**
 * 64-bit integers. INVARIANT: a Long is a `number` exactly when it is a safe integer, and a `bigint` otherwise, so that `===` is equality.
 */
import { OVERFLOW_FAILURE } from './fail.ts';

export type Long = number | bigint;

const LONG_MAX = 9223372036854775807n;
const LONG_MIN = -9223372036854775808n;

/** A bigint as a Long, or undefined when it leaves the 64-bit range. */
export function longOf(value: bigint): Long | undefined {
  if (value > LONG_MAX || value < LONG_MIN) return undefined;
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function checked(value: bigint): Long {
  const long = longOf(value);
  if (long === undefined) throw OVERFLOW_FAILURE;
  return long;
}

export function addLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checked(BigInt(a) + BigInt(b));
}

export function subtractLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checked(BigInt(a) - BigInt(b));
}

export function multiplyLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    // A rounded product is at least 2^53, hence never safe; adding zero turns -0 into 0.
    const product = a * b + 0;
    if (Number.isSafeInteger(product)) return product;
  }
  return checked(BigInt(a) * BigInt(b));
}

export const negateLong = (a: Long): Long => subtractLong(0, a);

/** Quotient truncated toward zero, `divisor` positive. */
export function divideLong(a: Long, divisor: number): Long {
  if (typeof a === 'number') return Math.trunc(a / divisor) + 0;
  return checked(a / BigInt(divisor));
}

/** Remainder that is never negative, `divisor` positive. */
export function moduloLong(a: Long, divisor: number): number {
  const rest = typeof a === 'number' ? a % divisor : Number(a % BigInt(divisor));
  return (rest < 0 ? rest + divisor : rest) + 0;
}

/** Decimal digits with an optional minus sign, as a Long; undefined when out of range. */
export function parseLong(digits: string): Long | undefined {
  if (digits.length <= 15) return Number(digits) + 0;
  return longOf(BigInt(digits));
}
