/** What the parts of the hidden-text detector hand to each other. */
import type { Confidence } from '../detector.ts';

export interface HiddenSpan {
  readonly rule: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly confidence: Confidence;
  /** What the hidden characters spell when they are decoded, where they spell something. */
  readonly spelled?: string;
}

/** Code point that ends just before `at`; -1 at the start. */
export function pointBefore(text: string, at: number): number {
  if (at <= 0) return -1;
  const low = text.charCodeAt(at - 1);
  if (low < 0xdc00 || low > 0xdfff || at < 2) return low;
  const high = text.charCodeAt(at - 2);
  return high >= 0xd800 && high <= 0xdbff ? (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000 : low;
}

/** Code point that begins at `at`; -1 at the end. */
export const pointAt = (text: string, at: number): number => text.codePointAt(at) ?? -1;

/** UTF-16 units of a code point. */
export const unitsOf = (point: number): number => (point > 0xffff ? 2 : 1);
