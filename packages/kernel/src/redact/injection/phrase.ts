/** An order that stands in fixed words. */
import type { Family } from './families.ts';

export interface Phrase {
  readonly family: Family;
  readonly weight: number;
  /** Words without one of which the pattern cannot match; empty for scripts without blanks. */
  readonly words: string;
  readonly pattern: RegExp;
}

/** One bit for each of up to 31 phrases. */
export const bitsOf = (phrases: readonly Phrase[], words: string): number =>
  phrases.reduce((bits, phrase, index) => (phrase.words === words ? bits | (1 << index) : bits), 0);
