/** The scanner that doors use: built once from detectors, a key and a hash; it holds nothing of any text. */
import { hexEncode, type Sha256, utf8Encode } from '../ledger/index.ts';
import type { Detector, Hit, RuleInfo } from './detector.ts';
import { BLOCK_RULES } from './blocks.ts';
import { find } from './find.ts';
import { makeHmac, remembering } from './fingerprint.ts';
import { JsonRedaction } from './json-redaction.ts';
import { likenesses } from './placeholder.ts';
import { findingOf, type Piece, Redaction, unaccepted, withoutOurs } from './redaction.ts';
import { FINDINGS_MAX, type Finding, type Profile, type Redacted, type Scanned, type Unscannable, wants } from './profile.ts';
import { settle } from './settle.ts';

/** Redacts text that comes in pieces. `findings` and `unscannable` grow as it comes. */
export interface StreamRedactor {
  /** @returns what is final now; the rest is held back */
  push(chunk: string): string;
  /** @returns the rest. Also for streams that fail or are cancelled. */
  end(): string;
  /** As `push`, with what became of which stretch of the input; in order, and without gaps. */
  pushPieces(chunk: string): readonly Piece[];
  endPieces(): readonly Piece[];
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
  /** @param restores values to put back for placeholders of ours, while everything else is redacted */
  stream(profile: Profile, restores?: ReadonlyMap<string, string>): StreamRedactor;
  /** For text that is JSON and comes in fragments: tool arguments. */
  jsonStream(profile: Profile, restores?: ReadonlyMap<string, string>): StreamRedactor;
}

export interface ScannerParts {
  readonly detectors: readonly Detector[];
  readonly sha256: Sha256;
  /** The tenant's key for fingerprints and placeholders. */
  readonly key: Uint8Array;
  /** Of the same rules as the detectors: streams of plain words are then looked at once. */
  readonly mentions?: (text: string) => boolean;
}

const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');

interface Feed {
  readonly push: (chunk: string) => readonly Piece[];
  readonly end: () => readonly Piece[];
}

function facade(redaction: Redaction, { push, end }: Feed): StreamRedactor {
  return {
    push: (chunk) => textOf(push(chunk)),
    end: () => textOf(end()),
    pushPieces: push,
    endPieces: end,
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

export function makeScanner({ detectors, sha256, key, mentions }: ScannerParts): TextScanner {
  const hmac = makeHmac(sha256, key);
  const rules = [...BLOCK_RULES, ...detectors.flatMap((detector) => detector.rules)];
  const parts = { detectors, hmac, ...(mentions === undefined ? {} : { mentions }) };
  const begin = (profile: Profile, restores?: ReadonlyMap<string, string>) =>
    new Redaction(restores === undefined ? parts : { ...parts, restores }, profile);
  return {
    digest: hexEncode(sha256(utf8Encode(ruleText(rules)))),
    rules,
    // Values stay here.
    hits: (text, profile) => find(text, { ...profile, detectors }).map(({ value: _value, ...hit }) => hit),
    scan(text, profile) {
      const wanted = detectors.filter(({ kind }) => wants(profile, kind));
      const found = unaccepted(withoutOurs(find(text, { ...profile, detectors: wanted }), likenesses(text, hmac)), profile, hmac);
      const hits = settle(found).filter(({ kind }) => profile.kinds.includes(kind));
      const once = remembering(hmac);
      const findings = hits.slice(0, FINDINGS_MAX).map((hit) => findingOf(once, hit, 0));
      return hits.length > FINDINGS_MAX ? { findings, unscannable: 'findings' } : { findings };
    },
    redact(text, profile) {
      const redaction = begin(profile);
      const redacted = textOf(redaction.push(text, true));
      const { findings, values, unscannable } = redaction;
      return { text: redacted, findings, values, ...(unscannable === undefined ? {} : { unscannable }) };
    },
    stream(profile, restores) {
      const redaction = begin(profile, restores);
      return facade(redaction, { push: (chunk) => redaction.push(chunk, false), end: () => redaction.push('', true) });
    },
    jsonStream(profile, restores) {
      const json = new JsonRedaction(begin(profile, restores));
      return facade(json.redaction, { push: (chunk) => json.push(chunk), end: () => json.end() });
    },
  };
}
