/** The deterministic number sequence that is published with RFC 8785, made from its description: fixed values, serial ones, then chance. */
import { hash } from 'node:crypto';

const view = new DataView(new ArrayBuffer(8));

export function bitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function fromBits(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** Doubles that lie `steps` units in the last place away from `value`. */
const beside = (value: number, ...steps: readonly number[]): number[] =>
  steps.map((step) => fromBits(bitsOf(value) + BigInt(step)));

/** Thirds of the powers of ten from 10^22 down, some of them a few units in the last place off. */
const THIRD_STEPS = [0, 0, 1, 1, 1, 2, 1, 1, 3, 1, 2, 2, 1, 1, 1, 0, 0, 0, -1];
const thirds = Array.from({ length: 50 }, (_, i) =>
  beside(Number(`3.${'3'.repeat(30)}e${21 - i}`), i === 49 ? 1 : (THIRD_STEPS[i] ?? 0)),
).flat();

/** 5 and ever smaller fractions of it, and 5e-6 with a digit that moves away. */
const fives = [
  ...[10, 5, 0.5, 0.05, 0.005, 5e-4, 5e-5, 5e-6, 5e-7, 5e-8, 5e-9],
  ...Array.from({ length: 14 }, (_, i) => Number(`5.${'0'.repeat(i + 1)}6e-6`)),
  5e-6,
];

const edges = [
  ...[1, -1, ...beside(-1, -6, -5), ...beside(1, -6, -5, -4, -2), ...beside(-1, -1, -1), ...beside(1, -1, -1)],
  ...beside(0.3, -1, 0, 1),
  ...beside(2 ** -1022, 0, -3, -1),
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, -(2 ** 53), 2 ** 68],
  ...beside(1e23, -1, 0, 1),
  ...beside(1e21, -2, -1, 0),
  ...beside(1e-6, -1, 0),
  ...beside(1e9 / 3, -2, -1, 0, 1, 2),
  ...[-3.3333333333333333e-6, 1424953923781206.2],
];

const FIXED = [0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, ...thirds.map((value) => -value), ...thirds, ...fives, ...edges];
const SERIAL = 2_000;

/** The first `count` numbers. */
export function* numberSequence(count: number): Generator<number> {
  let block: Uint8Array = new Uint8Array(32);
  let doubles: number[] = [];
  for (let i = 0; i < count; i++) {
    let value =
      i < FIXED.length
        ? (FIXED[i] ?? 0)
        : i < FIXED.length + SERIAL
          ? fromBits((1n << 52n) + BigInt(i - FIXED.length))
          : Number.NaN;
    while (i >= FIXED.length + SERIAL && (value === 0 || !Number.isFinite(value))) {
      if (doubles.length === 0) {
        const digest = hash('sha256', block, 'buffer');
        doubles = [0, 8, 16, 24].map((at) => digest.readDoubleLE(at));
        block = digest;
      }
      value = doubles.shift() ?? 0;
    }
    yield value;
  }
}
