/**
 * What every detector of the scanner is: text in, hits out. Pure and deterministic, so that a decision that rests on a scan can be
 * replayed. Offsets are UTF-16 units of the text that was handed in.
 */

/** Families of findings. `secret` and `personal` are values to keep back; `hidden` and `injection` are text that means more than it shows. */
export const FINDING_KINDS = ['secret', 'personal', 'hidden', 'injection'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** 3: a checksum or validator agrees, or the format admits nothing else; 2: the format fits; 1: context only. */
export type Confidence = 1 | 2 | 3;

/** Data class that a finding raises its text to; `none` where it is a fact about trust and not about secrecy. */
export type RaisedClass = 'none' | 'confidential' | 'restricted';

export interface Hit {
  /** Rule id, kebab-case and stable for good: `aws-access-key`, `payment-card`, `bidi-control`. */
  readonly rule: string;
  readonly kind: FindingKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly confidence: Confidence;
  readonly raises: RaisedClass;
  /** Name of the check that agreed (`crc32`, `luhn`, `mod97`), where there is one. */
  readonly validator?: string;
}

/** What a rule says of itself; documents and `countersign scan --rules` print it. Examples are verified by tests, both ways. */
export interface RuleInfo {
  readonly id: string;
  readonly kind: FindingKind;
  /** Provider or thing, in plain words: `GitHub personal access token (classic)`. */
  readonly title: string;
  readonly raises: RaisedClass;
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

/** Where the text comes from; some rules are only sensible in some places. */
export type TextPlace = 'prose' | 'code' | 'data' | 'definition';

export interface DetectOptions {
  readonly place: TextPlace;
  /** Regions whose national ids are wanted, upper-case ISO 3166 (`US`, `GB`, `NL` ...); empty means all that need no opting in. */
  readonly regions: readonly string[];
}

export interface Detector {
  readonly kind: FindingKind;
  readonly rules: readonly RuleInfo[];
  /** Emits every hit, in any order, overlapping or not; the scanner settles overlaps. Linear in the text but for bounded windows. */
  detect(text: string, options: DetectOptions, emit: (hit: Hit) => void): void;
  /**
   * The earliest position from which text that is still to come could change what is found: every hit that ends at or before it is
   * final, and none will begin before it. `text.length` when nothing is open. At most 4,096 below the end.
   */
  open(text: string, options: DetectOptions): number;
}
