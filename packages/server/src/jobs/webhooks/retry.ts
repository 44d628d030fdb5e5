/** When a delivery that failed is tried again, and when it is given up. */

/** Milliseconds before each next try: soon at first, then over a day, as Standard Webhooks recommends. */
export const RETRY_MS: readonly number[] = [5_000, 60_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000];

/** Tries in all before a message is given up. */
export const ATTEMPTS_MAX = RETRY_MS.length + 1;

/**
 * @param attempts tries made before the one that failed just now
 * @param random 0 to 1; up to a fifth is added, so that messages of one outage do not all come back at once
 * @returns milliseconds, or null: given up
 */
export function retryAfter(attempts: number, random: number): number | null {
  const base = RETRY_MS[attempts];
  return base === undefined ? null : Math.round(base * (1 + 0.2 * random));
}
