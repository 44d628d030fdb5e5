/** What the reviewing model said. Anything but exactly the agreed document means that a person is asked. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';

export type ReviewOutcome = 'approve' | 'ask';

export interface ReviewAnswer {
  readonly outcome: ReviewOutcome;
  readonly risk: 'low' | 'medium' | 'high';
  /** One to three sentences. */
  readonly rationale: string;
}

const RATIONALE_CHARS_MAX = 600;
/** Room for every character of it escaped, and for white space. */
const ANSWER_CHARS_MAX = 16 * 1024;

/** JSON Schema 2020-12 of the answer, in the part of it that providers enforce: every member is required, no other may stand there. */
export const ANSWER_SCHEMA: JsonRecord = Object.freeze({
  type: 'object',
  additionalProperties: false,
  required: ['outcome', 'risk', 'rationale'],
  properties: {
    outcome: { type: 'string', enum: ['approve', 'ask'] },
    risk: { type: 'string', enum: ['low', 'medium', 'high'] },
    rationale: { type: 'string' },
  },
});

const MEMBERS = ['outcome', 'rationale', 'risk'];

/** @returns undefined for whatever is not the document, the whole document and nothing but the document; a risk above low is never an approval */
export function readAnswer(text: string): ReviewAnswer | undefined {
  const value = text.length > ANSWER_CHARS_MAX ? undefined : documentOf(text);
  if (value === undefined) return undefined;
  const { outcome, risk, rationale } = value;
  if (outcome !== 'approve' && outcome !== 'ask') return undefined;
  if (risk !== 'low' && risk !== 'medium' && risk !== 'high') return undefined;
  if (!isRationale(rationale)) return undefined;
  return { outcome: outcome === 'approve' && risk !== 'low' ? 'ask' : outcome, risk, rationale };
}

function documentOf(text: string): JsonRecord | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isRecord(value) || Object.keys(value).sort().join() !== MEMBERS.join()) return undefined;
  // JSON lets a member stand twice, and two readers may then see two documents.
  return countMembers(text) === MEMBERS.length ? value : undefined;
}

const isRationale = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= RATIONALE_CHARS_MAX;

/** Strings that a colon follows, outside of other strings: the members as they are written. */
function countMembers(text: string): number {
  return text.match(/"(?:[^"\\]|\\.)*"\s*(?=:)/g)?.length ?? 0;
}
