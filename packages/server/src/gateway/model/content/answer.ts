/** An answer in one piece, on its way to the agent. */
import type { Finding, Profile, StreamRedactor } from '@countersign/kernel/redact';
import type { ScanPlace } from '../../../ports/registry.ts';
import type { Scanner } from '../../../ports/scanner.ts';
import { type ContentProblem, found, unscannable } from '../../wire/content-problem.ts';
import type { ParsedBody } from '../../wire/parse.ts';
import type { ScanRules } from '../../wire/scan-rules.ts';
import { scanTimeMs } from '../../wire/scan-time.ts';
import { Tally } from '../../wire/tally.ts';
import { eachText, spliceTexts, type TextEdit } from '../../wire/texts.ts';
import { ANSWER_TOP, type AnswerPlace, answerPlace, enterAnswer } from './answer-place.ts';
import { clearLogprobs } from './logprobs.ts';

export interface AnswerTerms {
  readonly scanner: Scanner;
  readonly rules: ScanRules;
  /** `answers` on the way to the agent, `records` for what is kept. */
  readonly place: ScanPlace;
  readonly profile: Profile;
  /** Values of the request that are put back. */
  readonly values: ReadonlyMap<string, string>;
}

export interface ReadAnswer {
  /** The same bytes where nothing was changed. */
  readonly bytes: Buffer;
  readonly tally: Tally;
}

interface Item {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly place: AnswerPlace;
}

const TEXT_LEAST = 4;

export async function readAnswer(body: ParsedBody, terms: AnswerTerms): Promise<ReadAnswer | ContentProblem> {
  const tally = new Tally(terms.rules, terms.place);
  const edits: TextEdit[] = [];
  for (const item of itemsOf(body)) {
    const out = await redacted(item, terms, tally);
    if (out === undefined) return unscannable('answer');
    if (out !== item.text) edits.push({ start: item.start, end: item.end, text: out });
  }
  const { denial } = tally;
  if (denial !== undefined) return found('answer', denial);
  return { bytes: edited(body, edits), tally };
}

function itemsOf(body: ParsedBody): Item[] {
  const items: Item[] = [];
  eachText(
    body,
    {
      enter: enterAnswer,
      visit: ({ text, start, end, parent, key, isName }, above) => {
        if (isName || text.length < TEXT_LEAST) return;
        const place = answerPlace({ text, parent, key }, above);
        if (place.mode !== 'skip') items.push({ text, start, end, place });
      },
    },
    ANSWER_TOP,
  );
  return items;
}

interface Judged {
  /** The same where nothing was changed. */
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly unscannable?: unknown;
}

/** @returns undefined where it could not be judged whole */
async function redacted(item: Item, terms: AnswerTerms, tally: Tally): Promise<string | undefined> {
  const isSealed = item.place.mode === 'sealed' && terms.place !== 'records';
  const { text, findings, unscannable: why } = isSealed ? await readSealed(item, terms) : await changed(item, terms);
  if (why !== undefined) return undefined;
  for (const finding of findings) {
    // What is signed cannot be changed: it passes and counts, unless such findings are denied.
    const isDenied = terms.rules.action(terms.place, finding.kind) === 'deny';
    tally.add(finding, isSealed && !isDenied ? terms.rules.search(terms.place) : terms.profile, isSealed && isDenied);
  }
  return text;
}

async function readSealed({ text }: Item, { scanner, profile }: AnswerTerms): Promise<Judged> {
  return { ...(await scanner.scan(text, { profile, deadlineMs: scanTimeMs(text) })), text };
}

async function changed({ text, place }: Item, { scanner, profile, values }: AnswerTerms): Promise<Judged> {
  const restored = place.restores && values.size > 0 ? values : undefined;
  if (place.mode === 'json') return streamed(text, scanner.jsonStream(profile, restored));
  if (restored !== undefined && text.includes('[REDACTED:')) return streamed(text, scanner.stream(profile, restored));
  return scanner.redact(text, { profile, deadlineMs: scanTimeMs(text) });
}

function streamed(text: string, stream: StreamRedactor): Judged {
  const out = stream.push(text) + stream.end();
  return { text: out, findings: stream.findings, unscannable: stream.unscannable };
}

function edited(body: ParsedBody, edits: readonly TextEdit[]): Buffer {
  if (edits.length === 0) return body.bytes;
  const bytes = spliceTexts(body.bytes, edits);
  if (!bytes.includes('"logprobs"')) return bytes;
  const json: unknown = JSON.parse(bytes.toString('utf8'));
  clearLogprobs(json);
  return Buffer.from(JSON.stringify(json));
}
