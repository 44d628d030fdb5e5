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
  /** Kinds whose values are taken out only where they raise above the reader's clearance. */
  readonly fit?: { readonly kinds: readonly FindingKind[]; readonly clearance: RaisedClass };
  /** Context alone (confidence 1) takes nothing out, as in code: for text of which nobody knows whether it is code. */
  readonly sparesWeak?: boolean;
  /** What was looked at and accepted; it is no finding. */
  readonly accepted?: readonly Accepted[];
}

/** A rule, a value by its fingerprint, or both: all that is named must agree. */
export interface Accepted {
  readonly rule?: string;
  readonly fingerprint?: string;
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

const RAISED: readonly RaisedClass[] = ['none', 'confidential', 'restricted'];

/** Confidence 1 is context alone: in code such a hit is reported, never taken out. */
export function takesOut(
  profile: Profile,
  { kind, confidence, raises }: Pick<Finding, 'kind' | 'confidence' | 'raises'>,
): boolean {
  const { redact, fit, place, sparesWeak } = profile;
  if (confidence === 1 && (place === 'code' || sparesWeak === true)) return false;
  if (redact.includes(kind)) return true;
  return fit?.kinds.includes(kind) === true && RAISED.indexOf(raises) > RAISED.indexOf(fit.clearance);
}

/** Kinds that are looked for at all. */
export const wants = ({ kinds, redact, fit }: Profile, kind: FindingKind): boolean =>
  kinds.includes(kind) || redact.includes(kind) || fit?.kinds.includes(kind) === true;

export const isAccepted = (accepted: readonly Accepted[], rule: string, fingerprint: string): boolean =>
  accepted.some(
    (one) =>
      (one.rule !== undefined || one.fingerprint !== undefined) &&
      (one.rule ?? rule) === rule &&
      (one.fingerprint ?? fingerprint) === fingerprint,
  );
