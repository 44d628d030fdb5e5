/**
 * How "a person must approve this" travels: whatever this request's client said it can carry. None of it is the approval: that is a verdict in the store,
 * and the call is decided again with it.
 */
import { randomBytes } from 'node:crypto';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Denial } from '../../../ports/road.ts';
import { sentence } from '../../wire/denial-text.ts';
import type { Plan } from '../call/plan.ts';
import { denialError, denialResult, META_DENIAL, structured } from '../denial.ts';
import { type Client, takesTasks, takesUrls } from '../era/client.ts';
import type { Exchange } from '../exchange.ts';
import type { Answer } from '../rpc/answer.ts';
import { URL_ELICITATION_REQUIRED } from '../rpc/codes.ts';
import { type Round, type RoundTerms, sealRound } from './round.ts';
import { openTask } from './task-row.ts';

export interface Carrying {
  readonly x: Exchange;
  readonly client: Client;
  readonly plan: Plan;
  readonly terms: RoundTerms;
  /** Absent where a server asks, and no person has to approve. */
  readonly denial: Denial | undefined;
  readonly answer?: Answer;
}

/** A client that waits longer than this is better off with a task. */
const PATIENCE_MS = 120_000;

export async function carry(carrying: Carrying & { readonly denial: Denial }, round: Round, answer: Answer): Promise<void> {
  const { x, client, plan, denial } = carrying;
  const { approval } = denial;
  if (approval === undefined) return refuse(carrying, answer);
  const view = suitsTask(carrying, round) ? await openTask(x, plan, denial) : undefined;
  if (view !== undefined) return answer.result(view);
  if (!takesUrls(client)) return refuse(carrying, answer);
  if (client.era === 'legacy') return urlRequired(carrying, answer);
  // Completions have no rounds.
  if (plan.method === 'completion/complete') return refuse(carrying, answer);
  if (round.approval === approval.id && round.round >= ROUNDS_MAX) return refuse(carrying, answer);
  const message = `Countersign: ${denial.message} Open the link to have it approved, then continue.`;
  const question = { method: 'elicitation/create', params: { mode: 'url', message, url: approval.url } };
  return inputRequired({ ...carrying, answer }, { ...round, approval: approval.id }, { approval: question });
}

/**
 * A client without a person answers for one at once, again and again, until its own limit (ten rounds in the official one) hides what it was told.
 * It is then told as whoever cannot carry a question: the same call goes through once it is approved.
 */
const ROUNDS_MAX = 4;

/** Rounds come first: a task that a server waits behind could not be asked. */
function suitsTask({ client, plan, terms }: Carrying, round: Round): boolean {
  if (!takesTasks(client) || plan.method !== 'tools/call' || round.resumes) return false;
  return !takesUrls(client) || terms.nowMs - round.since >= PATIENCE_MS;
}

/** @param asked questions for the client's user, by key */
export async function inputRequired(carrying: Carrying, round: Round, asked: JsonRecord): Promise<void> {
  const { x, terms, denial, plan } = carrying;
  const answer = carrying.answer ?? x.answer();
  const requestState = sealRound(terms, { ...round, round: round.round + 1 });
  if (requestState === undefined) {
    const text = 'More would have to be carried to the next round than this door carries.';
    const told = denial ?? (await x.record('tool.result', text, plan.action));
    return refuse({ ...carrying, denial: told }, answer);
  }
  const _meta = denial === undefined ? {} : { _meta: { [META_DENIAL]: structured(denial) } };
  answer.result({ resultType: 'input_required', inputRequests: asked, requestState, ..._meta });
}

function refuse({ plan, denial, client }: Carrying & { readonly denial: Denial }, answer: Answer): void {
  if (plan.method !== 'tools/call') return answer.error(denialError(denial, 403));
  const plain = plan.tool?.definition['outputSchema'] === undefined;
  answer.result({ ...(client.era === 'modern' ? { resultType: 'complete' } : {}), ...denialResult(denial, plain) });
}

/** Looks at open approvals for sessions: one each is enough, and a client has few. */
const WATCHES_MAX = 512;

/** 2025-11-25: the client opens the link, hears of the end on its stream, and repeats the call. */
function urlRequired({ x, client, denial }: Carrying & { readonly denial: Denial }, answer: Answer): void {
  const { door } = x;
  const { approval } = denial;
  const elicitationId = randomBytes(16).toString('hex');
  const elicitations = [{ mode: 'url', elicitationId, url: approval?.url ?? '', message: denial.message }];
  answer.error({
    code: URL_ELICITATION_REQUIRED,
    message: sentence(denial),
    data: { elicitations, [META_DENIAL]: structured(denial) },
  });
  const session = client.session?.id;
  if (session === undefined || approval === undefined || door.background.size >= WATCHES_MAX) return;
  const left = Math.min(Date.parse(approval.expiresAt) - door.clock.now(), WATCH_MS);
  const watch = door.approvals
    .waitFor(door.org, approval.id, Math.max(left, 0), door.closing.signal)
    .then((seen) => {
      if (seen !== undefined && seen.state !== 'open')
        door.listeners.tellSession(session, 'notifications/elicitation/complete', { elicitationId });
    })
    .catch((thrown: unknown) => door.log.warn('tool.watch', { approval: approval.id, error: String(thrown) }))
    .finally(() => door.background.delete(watch));
  door.background.add(watch);
}

const WATCH_MS = 15 * 60_000;
