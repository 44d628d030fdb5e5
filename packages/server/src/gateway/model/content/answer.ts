/** An answer in one piece, on its way to the agent. */
import type { Profile } from '@countersign/kernel/redact';
import type { ScanPlace } from '../../../ports/registry.ts';
import type { Scanner } from '../../../ports/scanner.ts';
import { type ContentProblem, found, unscannable } from '../../wire/content-problem.ts';
import type { ParsedBody } from '../../wire/parse.ts';
import type { ScanRules } from '../../wire/scan-rules.ts';
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

/** @returns undefined where it could not be judged whole */
async function redacted({ text, place }: Item, terms: AnswerTerms, tally: Tally): Promise<string | undefined> {
  const { scanner, rules, profile, values } = terms;
  if (place.mode === 'sealed' && terms.place !== 'records') {
    const scanned = await scanner.scan(text, { profile });
    for (const finding of scanned.findings) {
      const isDenied = rules.action(terms.place, finding.kind) === 'deny';
      tally.add(finding, isDenied ? profile : rules.search(terms.place), isDenied);
    }
    return scanned.unscannable === undefined ? text : undefined;
  }
  const restored = place.restores && values.size > 0 ? values : undefined;
  if (place.mode === 'json' || (restored !== undefined && text.includes('[REDACTED:'))) {
    const stream = place.mode === 'json' ? scanner.jsonStream(profile, restored) : scanner.stream(profile, restored);
    const out = stream.push(text) + stream.end();
    for (const finding of stream.findings) tally.add(finding, profile);
    return stream.unscannable === undefined ? out : undefined;
  }
  const result = await scanner.redact(text, { profile });
  for (const finding of result.findings) tally.add(finding, profile);
  return result.unscannable === undefined ? result.text : undefined;
}

function edited(body: ParsedBody, edits: readonly TextEdit[]): Buffer {
  if (edits.length === 0) return body.bytes;
  const bytes = spliceTexts(body.bytes, edits);
  if (!bytes.includes('"logprobs"')) return bytes;
  const json: unknown = JSON.parse(bytes.toString('utf8'));
  clearLogprobs(json);
  return Buffer.from(JSON.stringify(json));
}
