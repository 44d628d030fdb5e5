/** The scanner that doors use: built once from detectors, a key and a hash; it holds nothing of any text. */
import { hexEncode, type Sha256, utf8Encode } from '../ledger/index.ts';
import type { Detector, Hit, RuleInfo } from './detector.ts';
import { BLOCK_RULES } from './blocks.ts';
import { find } from './find.ts';
import { makeHmac } from './fingerprint.ts';
import { JsonRedaction } from './json-redaction.ts';
import { likenesses } from './placeholder.ts';
import { findingOf, type Piece, Redaction, withoutOurs } from './redaction.ts';
import { FINDINGS_MAX, type Finding, type Profile, type Redacted, type Scanned, type Unscannable } from './profile.ts';
import { settle } from './settle.ts';

/** Redacts text that comes in pieces. `findings` and `unscannable` grow as it comes. */
export interface StreamRedactor {
  /** @returns what is final now; the rest is held back */
  push(chunk: string): string;
  /** @returns the rest. Also for streams that fail or are cancelled. */
  end(): string;
  readonly findings: readonly Finding[];
  readonly values: ReadonlyMap<string, string>;
  readonly unscannable: Unscannable | undefined;
  /** Units that are held back now. */
  readonly held: number;
}

export interface TextScanner {
  /** SHA-256 over all rules and patterns, hex: part of every record that rests on a scan. */
  readonly digest: string;
  readonly rules: readonly RuleInfo[];
  scan(text: string, profile: Profile): Scanned;
  /** Everything that is found, overlapping or not: what `scan` settles. */
  hits(text: string, profile: Profile): readonly Hit[];
  redact(text: string, profile: Profile): Redacted;
  stream(profile: Profile): StreamRedactor;
  /** For text that is JSON and comes in fragments: tool arguments. */
  jsonStream(profile: Profile): StreamRedactor;
}

export interface ScannerParts {
  readonly detectors: readonly Detector[];
  readonly sha256: Sha256;
  /** The tenant's key for fingerprints and placeholders. */
  readonly key: Uint8Array;
}

const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');

function facade(redaction: Redaction, push: (chunk: string) => string, end: () => string): StreamRedactor {
  return {
    push,
    end,
    findings: redaction.findings,
    values: redaction.values,
    get unscannable() {
      return redaction.unscannable;
    },
    get held() {
      return redaction.held;
    },
  };
}

/** Functions count by name: what they do is part of the release. */
const ruleText = (rules: readonly RuleInfo[]): string =>
  JSON.stringify(rules, (_name, value: unknown) => (typeof value === 'function' ? value.name : value));

export function makeScanner({ detectors, sha256, key }: ScannerParts): TextScanner {
  const hmac = makeHmac(sha256, key);
  const rules = [...BLOCK_RULES, ...detectors.flatMap((detector) => detector.rules)];
  const begin = (profile: Profile) => new Redaction({ detectors, hmac }, profile);
  return {
    digest: hexEncode(sha256(utf8Encode(ruleText(rules)))),
    rules,
    // Values stay here.
    hits: (text, profile) => find(text, { ...profile, detectors }).map(({ value: _value, ...hit }) => hit),
    scan(text, profile) {
      const found = withoutOurs(find(text, { ...profile, detectors }), likenesses(text, hmac));
      const hits = settle(found).filter(({ kind }) => profile.kinds.includes(kind));
      const findings = hits.slice(0, FINDINGS_MAX).map((hit) => findingOf(hmac, hit, 0));
      return hits.length > FINDINGS_MAX ? { findings, unscannable: 'findings' } : { findings };
    },
    redact(text, profile) {
      const redaction = begin(profile);
      const redacted = textOf(redaction.push(text, true));
      const { findings, values, unscannable } = redaction;
      return { text: redacted, findings, values, ...(unscannable === undefined ? {} : { unscannable }) };
    },
    stream(profile) {
      const redaction = begin(profile);
      return facade(
        redaction,
        (chunk) => textOf(redaction.push(chunk, false)),
        () => textOf(redaction.push('', true)),
      );
    },
    jsonStream(profile) {
      const json = new JsonRedaction(begin(profile));
      return facade(
        json.redaction,
        (chunk) => json.push(chunk),
        () => json.end(),
      );
    },
  };
}
