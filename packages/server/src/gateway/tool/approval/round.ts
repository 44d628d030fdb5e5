/**
 * What a modern client carries between two rounds of one call. It is whatever an attacker sends until it was opened, and then it counts only for this
 * very request: same principal, mandate, tool, pin, arguments and rules.
 */
import { randomBytes } from 'node:crypto';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Caller } from '../../../ports/road.ts';
import type { Plan } from '../call/plan.ts';
import { SEALED_CHARS_MAX, type Seal } from './seal.ts';

/** Renewed with each round. */
export const ROUND_MS = 15 * 60_000;
/** Of a server's own state, of its questions, and of the user's answers: each. */
export const CARRIED_CHARS_MAX = 16 * 1024;

export interface Round {
  readonly round: number;
  /** When the first of the rounds began, milliseconds since the epoch. */
  readonly since: number;
  /** The approval request that is waited for. */
  readonly approval: string | null;
  /** The server's own state; null where it has none. */
  readonly state: string | null;
  /** What the server asked and nobody answered yet; empty where it asked nothing. */
  readonly asked: JsonRecord;
  /** Answers that are there already. */
  readonly answers: JsonRecord;
  /** Whether the server waits for answers. */
  readonly resumes: boolean;
}

export const FIRST: Omit<Round, 'since'> = { round: 0, approval: null, state: null, asked: {}, answers: {}, resumes: false };

export interface Opened extends Round {
  readonly nonce: string;
  readonly expiresAt: number;
}

export interface RoundTerms {
  readonly seal: Seal;
  readonly caller: Caller;
  readonly plan: Plan;
  readonly revision: string;
  readonly nowMs: number;
}

/** Undefined where what has to be carried is too large. */
export function sealRound({ seal, caller, plan, revision, nowMs }: RoundTerms, round: Round): string | undefined {
  const carried = [round.state ?? '', JSON.stringify(round.asked), JSON.stringify(round.answers)];
  if (carried.some((text) => text.length > CARRIED_CHARS_MAX)) return undefined;
  const text = seal.text('round', {
    ...boundTo(caller, plan, revision),
    ...round,
    nonce: randomBytes(16).toString('hex'),
    expiresAt: nowMs + ROUND_MS,
  });
  return text.length > SEALED_CHARS_MAX ? undefined : text;
}

const boundTo = ({ agent, mandate, onBehalfOf }: Caller, plan: Plan, revision: string): JsonRecord => ({
  principal: agent.id,
  onBehalfOf,
  mandate: mandate?.id ?? null,
  method: plan.method,
  name: plan.name,
  pin: plan.pin,
  digest: plan.digest,
  revision,
});

/** @returns why it does not count, in public words */
export function openRound({ seal, caller, plan, revision, nowMs }: RoundTerms, text: Json): Opened | string {
  if (typeof text !== 'string' || text.length > SEALED_CHARS_MAX) return 'The `requestState` is not one of ours.';
  const state = seal.openText('round', text);
  if (state === undefined) return 'The `requestState` is not one of ours, or was changed.';
  for (const [name, value] of Object.entries(boundTo(caller, plan, revision)))
    if (state[name] !== value) return `The \`requestState\` belongs to another request (${name}). Call again without it.`;
  const opened = readRound(state);
  if (opened === undefined) return 'The `requestState` is not one of ours.';
  return nowMs >= opened.expiresAt ? 'The `requestState` has expired. Call again without it.' : opened;
}

function readRound({ nonce, expiresAt, round, since, approval, state, asked, answers, resumes }: JsonRecord): Opened | undefined {
  if (typeof nonce !== 'string' || typeof expiresAt !== 'number' || typeof round !== 'number' || typeof since !== 'number')
    return undefined;
  return {
    nonce,
    expiresAt,
    round,
    since,
    approval: textOr(approval),
    state: textOr(state),
    asked: isRecord(asked) ? asked : {},
    answers: isRecord(answers) ? answers : {},
    resumes: resumes === true,
  };
}

const textOr = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
