/** A request, read for what must not leave: what is taken out, what is left and raises its class, and what stops it. */
import { setImmediate as breath } from 'node:timers/promises';
import type { Finding, Profile, Redacted, Scanned } from '@countersign/kernel/redact';
import type { DataClass, ScanPlace } from '../../../ports/registry.ts';
import type { Scanner } from '../../../ports/scanner.ts';
import { type ContentProblem, found, unscannable } from '../../wire/content-problem.ts';
import { isProblem, type ParsedBody, parseBody } from '../../wire/parse.ts';
import type { ScanRules } from '../../wire/scan-rules.ts';
import { scanTimeMs } from '../../wire/scan-time.ts';
import { looksLikeSource } from '../../wire/source-text.ts';
import { Tally } from '../../wire/tally.ts';
import { eachText, spliceTexts, type TextEdit } from '../../wire/texts.ts';
import { unguarded } from './code-mode.ts';
import { AT_TOP, enter, type RequestPlace, requestPlace } from './request-place.ts';

export interface ReadTerms {
  readonly scanner: Scanner;
  readonly rules: ScanRules;
  readonly place: ScanPlace;
  /** Highest class that agent, mandate and model may all see. */
  readonly clearance: DataClass;
}

export interface ReadContent {
  /** The same body where nothing was taken out. */
  readonly body: ParsedBody;
  readonly tally: Tally;
  /** Values that may be put back, by placeholder. For this call only: never stored, never logged. */
  readonly values: ReadonlyMap<string, string>;
}

/** Shorter strings are looked at together: most bodies are hundreds of them, and nothing is in any. */
const TOGETHER_BELOW = 256;
const TOGETHER_UNITS = 1_800;
/** Nothing that is found is shorter. */
const TEXT_LEAST = 4;
/** Member names are the protocol's, or words; longer ones may be anything. */
const NAME_LEAST = 16;
/** Scanning in our own turn for longer than this lets others go first. */
const TURN_MS = 5;

interface Item {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly place: RequestPlace;
}

const GAP = '\n\n';
const PLACEHOLDER_HEAD = '[REDACTED:';

export async function readContent(body: ParsedBody, terms: ReadTerms): Promise<ReadContent | ContentProblem> {
  const reading = new Reading(terms);
  for (const batch of batches(body, terms.place === 'records')) {
    const problem = await reading.batch(batch);
    if (problem !== undefined) return problem;
  }
  return reading.end(body);
}

export const isContentProblem = (value: object): value is ContentProblem => 'code' in value && 'message' in value;

/** Long strings alone, short ones together, in the order of the bytes: what was sent before makes the same batches again. */
function batches(body: ParsedBody, isRecord: boolean): Item[][] {
  const all: Item[][] = [];
  let together: Item[] = [];
  let units = 0;
  const visit = (item: Item): void => {
    if (item.text.length >= TOGETHER_BELOW) {
      all.push([item]);
      return;
    }
    together.push(item);
    units += item.text.length + GAP.length;
    if (units < TOGETHER_UNITS) return;
    all.push(together);
    together = [];
    units = 0;
  };
  eachText(
    body,
    {
      enter,
      visit: ({ text, start, end, parent, key, isName }, above) => {
        if (text.length < (isName ? NAME_LEAST : TEXT_LEAST)) return;
        const place = requestPlace({ text, parent, key, isName }, above);
        if (place !== 'media' || isRecord) visit({ text, start, end, place });
      },
    },
    AT_TOP,
  );
  if (together.length > 0) all.push(together);
  return all;
}

class Reading {
  readonly #terms: ReadTerms;
  readonly #tally: Tally;
  readonly #edits: TextEdit[] = [];
  readonly #values = new Map<string, string>();
  #since = performance.now();

  constructor(terms: ReadTerms) {
    this.#terms = terms;
    this.#tally = new Tally(terms.rules, terms.place);
  }

  /** Nothing depends on a record's names and ids, so everything may be taken out. */
  get #isRecord(): boolean {
    return this.#terms.place === 'records';
  }

  async batch(items: readonly Item[]): Promise<ContentProblem | undefined> {
    if (performance.now() - this.#since > TURN_MS) {
      await breath();
      this.#since = performance.now();
    }
    if (items.length > 1 && (await this.#isSilent(items))) return undefined;
    for (const item of items) {
      const whole = await (item.place === 'fixed' && !this.#isRecord ? this.#fixed(item) : this.#text(item));
      if (!whole) return unscannable('request');
    }
    return undefined;
  }

  end(body: ParsedBody): ReadContent | ContentProblem {
    const { denial } = this.#tally;
    if (denial !== undefined) return found('request', denial);
    const tally = this.#tally;
    if (this.#edits.length === 0) return { body, tally, values: this.#values };
    const edited = parseBody(spliceTexts(body.bytes, this.#edits));
    // What was taken out may have made two names equal; nobody can say then what it means.
    return isProblem(edited) ? unscannable('request') : { body: edited, tally, values: this.#values };
  }

  async #isSilent(items: readonly Item[]): Promise<boolean> {
    const { scanner, rules, place } = this.#terms;
    const joined = items.map(({ text }) => text).join(GAP);
    // A placeholder is no finding; one that is forged is escaped all the same.
    if (joined.includes(PLACEHOLDER_HEAD)) return false;
    const scanned = await scanner.scan(joined, { profile: rules.search(place), deadlineMs: scanTimeMs(joined) });
    return scanned.findings.length === 0 && scanned.unscannable === undefined;
  }

  /** @returns false where it could not be judged */
  async #fixed({ text }: Item): Promise<boolean> {
    const { scanner, rules, place, clearance } = this.#terms;
    const scanned: Scanned = await scanner.scan(text, { profile: rules.search(place), deadlineMs: scanTimeMs(text) });
    const profile = rules.profile(place, clearance, true);
    // An id that looks like a telephone number is an id.
    for (const finding of scanned.findings) if (finding.kind === 'secret') this.#tally.add(finding, profile, true);
    return scanned.unscannable === undefined;
  }

  async #text(item: Item): Promise<boolean> {
    const { start, end } = item;
    // What we put into an answer is not what its model said.
    const text = unguarded(item.text);
    const { profile, redacted } = await this.#redact(text);
    if (redacted.unscannable !== undefined) return false;
    for (const finding of redacted.findings) this.#tally.add(finding, profile);
    if (redacted.text === item.text) return true;
    const kept = item.place === 'json' ? this.#asJson(text, redacted, profile) : redacted;
    this.#edits.push({ start, end, text: kept.text });
    this.#keep(kept.values, kept.findings);
    return true;
  }

  /** Weak findings stay in what looks like source code; whether it does is asked only where there are some. */
  async #redact(text: string): Promise<{ readonly profile: Profile; readonly redacted: Redacted }> {
    const { scanner, rules, place, clearance } = this.#terms;
    const sparing = rules.profile(place, clearance, !this.#isRecord);
    const deadlineMs = scanTimeMs(text);
    const redacted = await scanner.redact(text, { profile: sparing, deadlineMs });
    const isDone = this.#isRecord || !redacted.findings.some(({ confidence }) => confidence === 1) || looksLikeSource(text);
    if (isDone) return { profile: sparing, redacted };
    const profile = rules.profile(place, clearance, false);
    return { profile, redacted: await scanner.redact(text, { profile, deadlineMs }) };
  }

  /** A number that was taken out of JSON text would leave text that is none. */
  #asJson(text: string, redacted: Redacted, profile: Profile): Pick<Redacted, 'text' | 'values' | 'findings'> {
    if (!isJson(text) || isJson(redacted.text)) return redacted;
    const stream = this.#terms.scanner.jsonStream(profile);
    const kept = stream.push(text) + stream.end();
    return { text: kept, values: stream.values, findings: stream.findings };
  }

  #keep(values: ReadonlyMap<string, string>, findings: readonly Finding[]): void {
    if (values.size === 0) return;
    const { rules } = this.#terms;
    const reversible = new Set<string>();
    for (const { rule, kind, raises, fingerprint } of findings)
      if ((kind === 'secret' || kind === 'personal') && rules.isReversible(raises))
        reversible.add(`${rule}:${fingerprint.slice(0, 4)}`);
    for (const [placeholder, value] of values) {
      const [, named = ''] = /^\[REDACTED:([a-z0-9-]+:[0-9a-f]{4})/.exec(placeholder) ?? [];
      if (!reversible.has(named)) continue;
      const known = this.#values.get(placeholder);
      // Two values under one placeholder: neither could be put back for certain.
      if (known !== undefined && known !== value) this.#values.set(placeholder, placeholder);
      else this.#values.set(placeholder, value);
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
