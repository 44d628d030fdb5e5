/** The Wilson score interval for a share: what a sample allows to be said about it. E. B. Wilson, JASA 22 (1927), 209-212. */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
export const Z_95 = 1.959_963_984_540_054;

/**
 * @param hits how often it happened, at most `trials`
 * @param trials without any nothing is known: 0 to 1
 */
export function wilson(hits: number, trials: number, z: number = Z_95): Interval {
  if (trials <= 0) return { low: 0, high: 1 };
  const share = Math.min(Math.max(hits, 0), trials) / trials;
  const square = z * z;
  const centre = share + square / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}
