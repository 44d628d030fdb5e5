/** A call from its checked plan to its answer: earlier rounds, the road, and what the client is told. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ApprovalState } from '../../../ports/approvals.ts';
import type { Denial, Governed } from '../../../ports/road.ts';
import { PREFLIGHT_TOOL, type Preflight } from '../../../ports/preflight.ts';
import { Leaving } from '../../wire/leaving.ts';
import { carry, inputRequired } from '../approval/carrier.ts';
import { FIRST, openRound, type Round, type RoundTerms } from '../approval/round.ts';
import { denialError, denialResult, trouble } from '../denial.ts';
import type { Client } from '../era/client.ts';
import { mirroredParams, type MirroredParam, paramProblem, readMirrors } from '../era/mirror.ts';
import type { Exchange } from '../exchange.ts';
import { readAnswer } from '../input/questions.ts';
import { HEADER_MISMATCH, INVALID_PARAMS, MISSING_CAPABILITY } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import type { CatalogueTool } from '../../../ports/tool.ts';
import { act, contentDigest } from './act.ts';
import { askFor } from './ask.ts';
import type { Ending } from './outcome.ts';
import { type FetchTarget, isRefusal, type Plan, planFetch, planTool, type Refusal } from './plan.ts';
import { type Running, start } from './running.ts';

export async function serveTool(x: Exchange, client: Client, message: RpcRequest): Promise<void> {
  const { name, arguments: given } = message.params;
  if (typeof name !== 'string') return invalid(x, 'The params must name a tool.');
  if (given !== undefined && !isRecord(given)) return invalid(x, 'The member `arguments` must be an object.');
  const args = given ?? {};
  if (name === PREFLIGHT_TOOL && x.door.preflight !== undefined) return servePreflight(x, client, x.door.preflight, args);
  const tool = x.door.catalogue.current().tools.get(name);
  const mirrors = tool === undefined || client.era === 'legacy' ? NO_PARAMS : paramsOf(tool);
  const differs = mirrors.length === 0 ? undefined : paramProblem(readMirrors(x.req), mirrors, args);
  if (differs !== undefined) return x.refuse('request.invalid', differs, { rpc: HEADER_MISMATCH });
  const plan = await planTool(x.door, x.known, name, args);
  if (isRefusal(plan)) return refuseTool(x, client, plan, tool);
  return serveCall(x, client, message, plan);
}

/** The text block is all that a hook reads of the answer. */
async function servePreflight(x: Exchange, client: Client, preflight: Preflight, input: JsonRecord): Promise<void> {
  const leaving = new Leaving(x.res);
  try {
    const answer = await preflight.answer({ caller: x.known, input, trace: x.trace, signal: leaving.signal });
    x.answer().result(complete(client, { content: [{ type: 'text', text: JSON.stringify(answer) }] }));
  } finally {
    leaving.done();
  }
}

export async function serveFetch(x: Exchange, client: Client, message: RpcRequest, target: FetchTarget): Promise<void> {
  const plan = await planFetch(x.door, x.known, target);
  if (!isRefusal(plan)) return serveCall(x, client, message, plan);
  x.answer().error(denialError(await refusal(x, plan, 'tool.fetch'), INVALID_PARAMS));
}

const invalid = (x: Exchange, text: string): Promise<void> => x.refuse('request.invalid', text, { rpc: INVALID_PARAMS });

const NO_PARAMS: readonly MirroredParam[] = [];
const mirrored = new WeakMap<CatalogueTool, readonly MirroredParam[]>();

function paramsOf(tool: CatalogueTool): readonly MirroredParam[] {
  const known = mirrored.get(tool) ?? mirroredParams(tool.definition['inputSchema']);
  mirrored.set(tool, known);
  return known;
}

async function refusal(x: Exchange, { code, message, retryAfterMs }: Refusal, action: string): Promise<Denial> {
  const denial = await x.record(code, message, action);
  return retryAfterMs === undefined ? denial : { ...denial, retryAfterMs };
}

/** A name that nobody knows is an error of the protocol; everything else is something that the model should read. */
async function refuseTool(x: Exchange, client: Client, refused: Refusal, tool: CatalogueTool | undefined): Promise<void> {
  const denial = await refusal(x, refused, 'tool.call');
  if (refused.code === 'tool.unknown') return x.answer().error(denialError(denial, INVALID_PARAMS));
  x.answer().result(complete(client, denialResult(denial, isPlain(tool))));
}

const isPlain = (tool: CatalogueTool | undefined): boolean => tool?.definition['outputSchema'] === undefined;

/** The member is new: older protocols know one kind of result. */
const complete = ({ era }: Client, result: JsonRecord): JsonRecord =>
  era === 'modern' ? { resultType: 'complete', ...result } : result;

async function serveCall(x: Exchange, client: Client, message: RpcRequest, plan: Plan): Promise<void> {
  const revision = x.door.snapshots.current()?.revision;
  if (revision === undefined) return x.refuse('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  const terms: RoundTerms = { seal: x.door.seal, caller: x.known, plan, revision, nowMs: x.door.clock.now() };
  const round = await roundOf({ x, client, plan, terms }, message.params);
  if (round === undefined) return;
  const running = start(x, client, message, plan.server.id);
  if (running === undefined) return invalid(x, 'A request with this id is running already.');
  try {
    const governed = await govern({ x, client, plan, terms }, round, running);
    await running.told();
    await tell({ x, client, plan, terms }, round, running, governed);
  } finally {
    running.done();
  }
}

interface Serving {
  readonly x: Exchange;
  readonly client: Client;
  readonly plan: Plan;
  readonly terms: RoundTerms;
}

/** The round that this request continues; undefined where it was answered already. */
async function roundOf(serving: Serving, params: JsonRecord): Promise<Round | undefined> {
  const { x, client, plan, terms } = serving;
  const { requestState, inputResponses } = params;
  if (client.era === 'legacy' || requestState === undefined) return { ...FIRST, since: terms.nowMs };
  const refuse = async (text: string): Promise<undefined> => {
    await x.refuse('approval.invalid', text, { status: 400, rpc: INVALID_PARAMS });
    return undefined;
  };
  const opened = openRound(terms, requestState);
  if (typeof opened === 'string') return refuse(opened);
  const { missing, answers } = collect(opened.asked, isRecord(inputResponses) ? inputResponses : {});
  const next: Round = { ...opened, answers: { ...opened.answers, ...answers }, asked: missing };
  if (Object.keys(missing).length > 0) {
    await inputRequired({ ...serving, denial: undefined }, next, missing);
    return undefined;
  }
  if (opened.approval !== null && (await stillWaits(serving, next, opened.approval))) return undefined;
  // Integrity does not make it single: the same state may come back on two nodes at once.
  const { door } = x;
  if (!(await door.nonces.consume(door.org, opened.nonce, opened.expiresAt)))
    return refuse('The `requestState` was used already.');
  if (plan.pin !== '' && plan.tool?.pin !== plan.pin) return refuse('The tool has changed.');
  return next;
}

/** Answers that are there, and questions that are asked again. */
function collect(asked: JsonRecord, given: JsonRecord): { readonly missing: JsonRecord; readonly answers: JsonRecord } {
  const missing: Record<string, Json> = {};
  const answers: Record<string, Json> = {};
  for (const [key, question] of Object.entries(asked)) {
    const answer = Object.hasOwn(given, key) ? readAnswer(question, given[key]) : undefined;
    if (answer === undefined) missing[key] = question;
    else answers[key] = answer;
  }
  return { missing, answers };
}

const CLOSED: Readonly<Partial<Record<ApprovalState, string>>> = {
  denied: 'A person looked at this request and said no.',
  used: 'The approval was used already: it is for one call.',
};

/** Whether the person has not decided yet, or said no; the client is then told so. Nobody asks the road while it would only ask that person again. */
async function stillWaits(serving: Serving, round: Round, approval: string): Promise<boolean> {
  const { x, plan } = serving;
  const seen = await x.door.approvals.find(x.door.org, approval);
  if (seen?.state === 'approved') return false;
  if (seen?.state === 'open') {
    const url = `${x.door.publicUrl()}/approve/${approval}`;
    const denial: Denial = {
      ...trouble('approval.required', 'A person has not decided yet.', seen.decision),
      kind: 'approval',
      requestId: approval,
      approval: { id: approval, url, expiresAt: seen.expiresAt },
    };
    await carry({ ...serving, denial }, round, x.answer());
    return true;
  }
  const text =
    CLOSED[seen?.state ?? 'expired'] ?? 'The approval request is closed. Call again without `requestState` to ask anew.';
  const denial = await x.record('approval.closed', text, plan.action);
  deny(serving, x.answer(), denial);
  return true;
}

async function govern({ x, client, plan }: Serving, round: Round, running: Running): Promise<Governed<Ending>> {
  const { signal, events, progress, ask } = running;
  const declared = { declaredClass: x.claims?.declaredClass, useCase: x.claims?.useCase };
  const digest = contentDigest(plan, round.answers);
  const resume = round.resumes ? { inputResponses: round.answers, state: round.state } : undefined;
  const { door, trace, known: caller } = x;
  return door.road.govern<Ending>(askFor(plan, { caller, declared, trace, signal, digest }), (grant, allowed) =>
    act({ door, plan, client, caller, trace, signal, events, progress, resume, ask }, grant, allowed),
  );
}

async function tell(serving: Serving, round: Round, { answer }: Running, governed: Governed<Ending>): Promise<void> {
  const { x } = serving;
  if (!governed.ok) {
    const { denial } = governed;
    return denial.approval === undefined ? deny(serving, answer, denial) : carry({ ...serving, denial }, round, answer);
  }
  const { value, decision } = governed;
  switch (value.kind) {
    case 'result':
      return answer.result(complete(serving.client, withHints(serving, value.result)));
    case 'input': {
      const next = { ...round, state: value.state, asked: value.asked, answers: value.declined, resumes: true, approval: null };
      return inputRequired({ ...serving, denial: undefined, answer }, next, value.asked);
    }
    case 'trouble':
      return deny(serving, answer, trouble(value.code, value.message, decision, value.instead));
    case 'needs': {
      const data = { requiredCapabilities: value.capabilities };
      const message = `Countersign: the tool server needs what the client did not declare. [request ${decision}]`;
      return answer.error({ code: MISSING_CAPABILITY, message, data }, 400);
    }
    case 'cancelled':
      return answer.error({ code: 499, message: `Countersign: the call was cancelled. [request ${decision}]` });
    default:
      return x.fault(new Error('an ending of no known kind'));
  }
}

/** Resources may be kept by a client; what was read for this one is nobody else's. */
const withHints = ({ plan, client }: Serving, result: JsonRecord): JsonRecord =>
  plan.method === 'resources/read' && client.era === 'modern' ? { ...result, ttlMs: 0, cacheScope: 'private' } : result;

/** Only calls of tools have results that are errors. */
function deny({ plan, client }: Pick<Serving, 'plan' | 'client'>, answer: Running['answer'], denial: Denial): void {
  if (plan.method === 'tools/call') return answer.result(complete(client, denialResult(denial, isPlain(plan.tool))));
  const isAnswer = denial.code === 'tool.result' && client.era === 'modern';
  // The client's own address, never the server's.
  const more = plan.method === 'resources/read' ? { uri: plan.name } : {};
  answer.error(denialError(denial, isAnswer ? INVALID_PARAMS : 403, more));
}
