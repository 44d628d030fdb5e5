/**
 * A client may let a model decide whether its agent may act, and asks that model here. The question is recognised by its header and answered by the
 * road, in the form of a model's answer; no model upstream ever sees it. Everything that is not understood is a denial.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ReviewAnswer, ReviewAsk } from '../../ports/reviewer.ts';
import { Leaving } from '../wire/leaving.ts';
import { isProblem, parseBody } from '../wire/parse.ts';
import type { DoorRequest } from './request.ts';

const HEADER = 'x-openai-subagent';
/** What the client calls the part of itself that asks. */
const ASKER = 'guardian';

export const isReview = (req: IncomingMessage): boolean => req.headers[HEADER] === ASKER;

/** A stream that says nothing for long is taken for dead. */
const BEAT_MS = 10_000;

export async function serveReview(request: DoorRequest, bytes: Buffer): Promise<void> {
  const { res } = request;
  const body = parseBody(bytes);
  const model = isProblem(body) ? 'unknown' : String(body.json['model']).slice(0, 128);
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const beat = setInterval(() => res.write(': the answer is being decided\n\n'), BEAT_MS);
  try {
    const asked = isProblem(body) ? undefined : readReview(body.json);
    const answer = asked === undefined ? UNREAD : await review(request, asked);
    tell(request, model, answer);
  } finally {
    clearInterval(beat);
    res.end();
  }
}

const no = (rationale: string): ReviewAnswer => ({ outcome: 'deny', riskLevel: 'high', rationale });
const UNREAD = no('Countersign: the action under review could not be read, so it is refused.');
const NOBODY = no('Countersign: nobody here answers reviews, so the action is refused.');

async function review(
  { door, caller, trace, res }: DoorRequest,
  asked: Pick<ReviewAsk, 'session' | 'action'>,
): Promise<ReviewAnswer> {
  if (door.reviewer === undefined || caller === undefined) return NOBODY;
  const leaving = new Leaving(res);
  try {
    return await door.reviewer.review({ ...asked, caller, trace, signal: leaving.signal });
  } finally {
    leaving.done();
  }
}

const SESSION = /^Reviewed Codex session id: ([\x21-\x7e]{1,200})\n$/;
const FRAME = ['>>> APPROVAL REQUEST START\n', 'Planned action JSON:\n', '>>> APPROVAL REQUEST END\n'] as const;
/** Between the beginning of the frame and the action: one sentence at most. */
const FRAME_PARTS_MAX = 3;

/**
 * The action stands in the last parts of the last message, whole parts of their own. What the agent wrote is in earlier ones, each with its number
 * before it, so that none of them can be taken for the frame. @returns undefined for anything else
 */
export function readReview(json: JsonRecord): Pick<ReviewAsk, 'session' | 'action'> | undefined {
  const parts = textsOf(json['input']);
  const [start, before, end] = FRAME;
  const at = parts.length - 2;
  if (parts.at(-1) !== end || parts[at - 1] !== before) return undefined;
  const begins = parts.lastIndexOf(start);
  if (begins < 0 || at - 1 - begins > FRAME_PARTS_MAX) return undefined;
  const sessions = parts.slice(0, begins).flatMap((part) => SESSION.exec(part)?.[1] ?? []);
  const action = readAction(parts[at] ?? '');
  const [session] = sessions;
  return action === undefined || session === undefined || sessions.length !== 1 ? undefined : { session, action };
}

function textsOf(input: Json | undefined): readonly string[] {
  const last = Array.isArray(input) ? input.findLast((item) => isRecord(item) && item['type'] === 'message') : undefined;
  if (!isRecord(last) || last['role'] !== 'user' || !Array.isArray(last['content'])) return [];
  return last['content'].map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''));
}

function readAction(text: string): JsonRecord | undefined {
  const parsed = parseBody(Buffer.from(text.trim()));
  return isProblem(parsed) ? undefined : parsed.json;
}

function tell({ res }: DoorRequest, model: string, { outcome, riskLevel, rationale }: ReviewAnswer): void {
  const text = JSON.stringify({ outcome, risk_level: riskLevel, user_authorization: 'unknown', rationale });
  const item = {
    ...{ id: newId('msg'), type: 'message', role: 'assistant', status: 'completed' },
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  const usage = {
    ...{ input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  };
  const base = { id: newId('resp'), object: 'response', created_at: 0, model };
  let sequence = 0;
  const emit = (type: string, fields: object): void => {
    res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence })}\n\n`);
    sequence += 1;
  };
  emit('response.created', { response: { ...base, status: 'in_progress', output: [], usage: null } });
  emit('response.output_item.added', { output_index: 0, item });
  emit('response.output_item.done', { output_index: 0, item });
  emit('response.completed', { response: { ...base, status: 'completed', output: [item], usage } });
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
