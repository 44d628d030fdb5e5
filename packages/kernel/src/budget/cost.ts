/** What tokens cost. Prices are integer micro-USD per million tokens, so the cost of a call is a quotient that is rounded up once. */
import { checkAmount, isAmount } from './units.ts';

/** Disjoint kinds: a cached token is not an input token too. */
export interface TokenVector {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
}

/** Micro-USD per million tokens of each kind. */
export type Prices = TokenVector;

export interface PriceStep extends Prices {
  /** These prices hold for the whole call when its whole input is above this many tokens. */
  readonly aboveInputTokens: number;
}

const KINDS = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] as const;
const INPUTS = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
const PER = 1_000_000n;
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

const held = (value: bigint): number => Number(value > MOST ? MOST : value);
const ceil = (value: bigint): bigint => (value + PER - 1n) / PER;

export const NO_TOKENS: TokenVector = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 };

/** All tokens, held at 2^53-1. */
export const totalTokens = (tokens: TokenVector): number =>
  plainSum(tokens, KINDS) ?? held(KINDS.reduce((sum, kind) => sum + amount(tokens, kind), 0n));

/*
 * Sums and products that stay below 2^53 are exact in plain numbers, which is nearly every call; all else, wrong amounts included, is undefined
 * here and left to the exact way. A float result up to 2^53-1 is never a rounded one: what is larger rounds to 2^53 at least.
 */
const plain = (value: number): number | undefined => (value <= Number.MAX_SAFE_INTEGER ? value : undefined);

function plainSum(tokens: TokenVector, kinds: readonly (keyof TokenVector)[]): number | undefined {
  let sum = 0;
  for (const kind of kinds) {
    if (!isAmount(tokens[kind])) return undefined;
    sum += tokens[kind];
  }
  return plain(sum);
}

function plainWeight(tokens: TokenVector, prices: Prices): number | undefined {
  let sum = 0;
  for (const kind of KINDS) {
    if (!isAmount(tokens[kind]) || !isAmount(prices[kind])) return undefined;
    const product = tokens[kind] * prices[kind];
    if (product > Number.MAX_SAFE_INTEGER) return undefined;
    sum += product;
  }
  return plain(sum);
}

const PER_PLAIN = Number(PER);

/** Rounded up; exact, since the remainder is taken before the division. */
function plainCeil(value: number): number {
  const rest = value % PER_PLAIN;
  return (value - rest) / PER_PLAIN + (rest === 0 ? 0 : 1);
}

const amount = (vector: TokenVector, kind: keyof TokenVector): bigint => BigInt(checkAmount(vector[kind], kind));

/** The prices in force for this much input: the highest step that it is above. */
export function pricesFor(tokens: TokenVector, prices: Prices, steps: readonly PriceStep[]): Prices {
  if (steps.length === 0 && plainSum(tokens, INPUTS) !== undefined) return prices;
  const input = INPUTS.reduce((sum, kind) => sum + amount(tokens, kind), 0n);
  let best: PriceStep | undefined;
  for (const step of steps) {
    if (
      input > BigInt(checkAmount(step.aboveInputTokens, 'aboveInputTokens')) &&
      step.aboveInputTokens >= (best?.aboveInputTokens ?? 0)
    )
      best = step;
  }
  return best ?? prices;
}

const weigh = (tokens: TokenVector, prices: Prices, kinds: readonly (keyof TokenVector)[]): bigint =>
  kinds.reduce((sum, kind) => sum + amount(tokens, kind) * amount(prices, kind), 0n);

/**
 * Micro-USD of a call, rounded up once; held at 2^53-1, which no budget can pay.
 * @throws RangeError on tokens or prices that are not integers from 0 to 2^53-1
 */
export function costOf(tokens: TokenVector, prices: Prices, steps: readonly PriceStep[] = []): number {
  const inForce = pricesFor(tokens, prices, steps);
  const weight = plainWeight(tokens, inForce);
  return weight === undefined ? held(ceil(weigh(tokens, inForce, KINDS))) : plainCeil(weight);
}

/** The most output tokens that `microUsd` can pay on top of the input; 0 when the input alone costs more. `tokens.output` is ignored. */
export function outputFor(microUsd: number, tokens: TokenVector, prices: Prices, steps: readonly PriceStep[] = []): number {
  const inForce = pricesFor(tokens, prices, steps);
  const rest = BigInt(checkAmount(microUsd, 'microUsd')) * PER - weigh(tokens, inForce, INPUTS);
  if (rest < 0n) return 0;
  const price = amount(inForce, 'output');
  return price === 0n ? Number.MAX_SAFE_INTEGER : held(rest / price);
}

/** Tokens that a body of this many bytes may have: a quarter of it, and 15 % more. */
export function estimateTokens(bytes: number): number {
  const weight = checkAmount(bytes, 'bytes') * 115 + 399;
  if (weight <= Number.MAX_SAFE_INTEGER) return (weight - (weight % 400)) / 400;
  return held((BigInt(bytes) * 115n + 399n) / 400n);
}
