/** A second, slow tree: recursive, straight from the text of RFC 6962, section 2.1, sharing nothing with the first. */
import { hash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'));

const POWERS = Array.from({ length: 53 }, (_, e) => 2 ** e);

const key = (from: number, to: number): string => `${from}-${to}`;

export class NaiveTree {
  readonly leaves: readonly Uint8Array[];
  readonly #known = new Map<string, Uint8Array>();

  constructor(bodies: readonly Uint8Array[]) {
    this.leaves = bodies.map((body) => sha256(Buffer.concat([Buffer.of(0), body])));
  }

  /** MTH(D[from:to]) */
  root(from: number, to: number): Uint8Array {
    const known = this.#known.get(key(from, to));
    if (known !== undefined) return known;
    const root = this.#compute(from, to);
    this.#known.set(key(from, to), root);
    return root;
  }

  #compute(from: number, to: number): Uint8Array {
    if (to === from) return sha256(new Uint8Array(0));
    if (to - from === 1) return this.leaves[from] ?? new Uint8Array(0);
    const k = largestPower(to - from);
    return sha256(Buffer.concat([Buffer.of(1), this.root(from, from + k), this.root(from + k, to)]));
  }

  /** PATH(m, D[from:to]) */
  path(m: number, from: number, to: number): Uint8Array[] {
    if (to - from === 1) return [];
    const k = largestPower(to - from);
    return m < k
      ? [...this.path(m, from, from + k), this.root(from + k, to)]
      : [...this.path(m - k, from + k, to), this.root(from, from + k)];
  }

  /** PROOF(m, D[0:size]) */
  proof(m: number, size: number): Uint8Array[] {
    return this.#subproof(m, 0, size, true);
  }

  #subproof(m: number, from: number, to: number, known: boolean): Uint8Array[] {
    const n = to - from;
    if (m === n) return known ? [] : [this.root(from, to)];
    const k = largestPower(n);
    return m <= k
      ? [...this.#subproof(m, from, from + k, known), this.root(from + k, to)]
      : [...this.#subproof(m - k, from + k, to, false), this.root(from, from + k)];
  }
}

function largestPower(n: number): number {
  return POWERS.findLast((power) => power < n) ?? 1;
}
