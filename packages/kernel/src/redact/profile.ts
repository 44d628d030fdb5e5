/** What a door asks of a scan, and what it gets. */
import type { Confidence, FindingKind, RaisedClass, TextPlace } from './detector.ts';

export interface Profile {
  readonly place: TextPlace;
  /** Regions whose national ids are wanted, upper-case ISO 3166. */
  readonly regions: readonly string[];
  /** Kinds that are reported. */
  readonly kinds: readonly FindingKind[];
  /** Kinds whose values are taken out; the others are only reported. */
  readonly redact: readonly FindingKind[];
}

export interface Finding {
  readonly rule: string;
  readonly kind: FindingKind;
  /** UTF-16 units of the text, or of the whole stream. */
  readonly start: number;
  readonly end: number;
  readonly confidence: Confidence;
  readonly raises: RaisedClass;
  readonly validator?: string;
  /** How the text was decoded to find it: `base64 > escapes`. */
  readonly path?: string;
  /** HMAC-SHA256 of kind and value under the tenant's key, hex. Never the value. */
  readonly fingerprint: string;
}

/** Why a text could not be judged whole. Egress and mutations are then denied, reads need a person. */
export type Unscannable = 'findings' | 'block' | 'deadline';

export interface Scanned {
  readonly findings: readonly Finding[];
  readonly unscannable?: Unscannable;
}

export interface Redacted extends Scanned {
  readonly text: string;
  /** Placeholder to value, for `restore`. The caller keeps it encrypted, or drops it. */
  readonly values: ReadonlyMap<string, string>;
}

/** Findings of one text or stream; what comes after the last is not judged any more. */
export const FINDINGS_MAX = 10_000;

/** Confidence 1 is context alone: in code such a hit is reported, never taken out. */
export const takesOut = (profile: Profile, kind: FindingKind, confidence: Confidence): boolean =>
  profile.redact.includes(kind) && !(confidence === 1 && profile.place === 'code');
