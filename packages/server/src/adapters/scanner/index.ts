/** The scanner of this process: small and silent texts at once, the rest in workers with a deadline. */
import {
  allDetectors,
  makeScanner,
  mentionsSecrets,
  type Profile,
  type Redacted,
  type Scanned,
} from '@countersign/kernel/redact';
import type { Log } from '../../ports/log.ts';
import type { Scanner, ScanTerms } from '../../ports/scanner.ts';
import { Memo } from './memo.ts';
import { Pool } from './pool.ts';
import { sha256 } from './sha256.ts';

/** Texts up to this many units in which no keyword stands are scanned in the caller's turn. */
const INLINE_MAX = 2_048;
/** So short that no pattern can take long: sending them to a worker would cost more. */
const TINY_MAX = 256;
/** For a text of up to 100 KB, and what each further million units adds. */
const DEADLINE_MS = 250;
const DEADLINE_MS_PER_MILLION = 250;
const DEADLINE_FREE = 100_000;
/** Share of the deadline that the first attempt may use; the rest is for the attempt in linear time. */
const FIRST_SHARE = 0.6;
/** Strings whose result is remembered. */
const MEMO_ENTRIES = 4_096;

export interface ScannerOptions {
  /** The tenant's key for fingerprints and placeholders. */
  readonly key: Uint8Array;
  readonly log: Log;
  /** Workers that scan at the same time. */
  readonly workers?: number;
  /** The worker's script, where it is not the one beside this file. */
  readonly script?: URL;
}

const deadlineOf = (text: string): number =>
  DEADLINE_MS + Math.ceil(Math.max(0, text.length - DEADLINE_FREE) / 1_000_000) * DEADLINE_MS_PER_MILLION;

/** Doors keep their profiles, so each is written out once. */
const profileTexts = new WeakMap<Profile, string>();

function termsText(what: string, digest: string, profile: Profile): string {
  let text = profileTexts.get(profile);
  if (text === undefined) {
    const { place, regions, kinds, redact, fit, sparesWeak, accepted } = profile;
    text = JSON.stringify([place, regions, kinds, redact, fit ?? null, sparesWeak ?? false, accepted ?? []]);
    profileTexts.set(profile, text);
  }
  return `${what} ${digest} ${text}`;
}

const isRedacted = (result: Scanned | Redacted): result is Redacted => 'values' in result;

const NOTHING: Redacted = { text: '', findings: [], values: new Map(), unscannable: 'deadline' };

/** Starts the workers. `close` ends them. */
export function openScanner({
  key,
  log,
  workers = 1,
  script = new URL('./worker.js', import.meta.url),
}: ScannerOptions): Scanner {
  const mentions = mentionsSecrets();
  const inline = makeScanner({ detectors: allDetectors(), sha256, key, mentions });
  const pool = new Pool({ size: workers, key, script, log });
  const memo = new Memo<Scanned | Redacted>(MEMO_ENTRIES);

  async function inWorker(what: 'scan' | 'redact', text: string, { profile, deadlineMs = deadlineOf(text) }: ScanTerms) {
    const first = deadlineMs * FIRST_SHARE;
    let outcome = await pool.run({ what, text, profile, isLinear: false }, first);
    if (outcome === 'overrun') outcome = await pool.run({ what, text, profile, isLinear: true }, deadlineMs - first);
    return typeof outcome === 'string' ? NOTHING : outcome.result;
  }

  async function judge(what: 'scan' | 'redact', text: string, terms: ScanTerms): Promise<Scanned | Redacted> {
    const memoKey = memo.key(text, termsText(what, inline.digest, terms.profile));
    const known = memo.get(memoKey);
    if (known !== undefined) return known;
    const isSmall = text.length <= TINY_MAX || (text.length <= INLINE_MAX && !mentions(text));
    const result = isSmall ? inline[what](text, terms.profile) : await inWorker(what, text, terms);
    // Values that were taken out are not kept longer than the request that brought them.
    const holdsValues = isRedacted(result) && result.values.size > 0;
    if (result.unscannable === undefined && !holdsValues) memo.put(memoKey, result);
    return result;
  }

  return {
    digest: inline.digest,
    scan: (text, terms) => judge('scan', text, terms),
    redact: async (text, terms) => {
      const result = await judge('redact', text, terms);
      return isRedacted(result) ? result : NOTHING;
    },
    stream: (profile, restores) => inline.stream(profile, restores),
    jsonStream: (profile, restores) => inline.jsonStream(profile, restores),
    close: () => pool.close(),
  };
}
