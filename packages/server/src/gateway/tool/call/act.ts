/** The act itself: what is sent with a grant, what may happen before the answer, and what the answer comes to. */
import { hash, randomBytes } from 'node:crypto';
import { asFault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Grant } from '../../../ports/grant.ts';
import type { DataClass } from '../../../ports/registry.ts';
import type { Allowed, Caller, ContentDraft } from '../../../ports/road.ts';
import type { ToolCaller, ToolEvents, ToolReply, ToolRequest } from '../../../ports/tool.ts';
import type { Client } from '../era/client.ts';
import type { DoorState } from '../deps.ts';
import { CARRIED_CHARS_MAX } from '../approval/round.ts';
import { letThrough, neededOf, type Sorted, sortQuestions } from '../input/questions.ts';
import { MISSING_CAPABILITY } from '../rpc/codes.ts';
import { cleared } from './clearance.ts';
import { readText, type Reading } from './content.ts';
import { marksOf } from './marks.ts';
import { cancelledAct, doneAct, type Ended, failedAct, withheldAct } from './outcome.ts';
import { highest, type Plan } from './plan.ts';
import { cleanResult } from './result.ts';
import { inspectStrings } from './strings.ts';

/** Rounds of questions within one call. */
const ROUNDS_MAX = 8;
/** What may be read at most, whatever the tool's own cap is: more is cut off on the wire. */
const READ_BYTES_MAX = 64 * 1024 * 1024;

export interface Acting {
  readonly door: DoorState;
  readonly plan: Plan;
  readonly client: Client;
  readonly caller: Caller;
  readonly trace: string;
  readonly signal: AbortSignal;
  readonly events: ToolEvents;
  readonly progress: boolean;
  /** Answers to what the server asked in an earlier round. */
  readonly resume: ToolRequest['resume'];
  /** Asks the client's user within this very call; absent where the client has to come back with the answers. */
  readonly ask: ((asked: JsonRecord) => Promise<JsonRecord>) | undefined;
}

/** Never rejects but for broken promises of an adapter; the road records those too. */
export async function act(given: Acting, grant: Grant, allowed: Allowed): Promise<Ended> {
  const { plan, signal } = given;
  const acting = { ...given, door: cleared(given.door, given.caller, plan.server) };
  if (signal.aborted) return cancelledAct(plan.server.id, false);
  const texts = new Texts(acting, allowed);
  const ended = await rounds(acting, grant, allowed, texts);
  return texts.keep ? { ...ended, payloads: texts.drafts() } : ended;
}

async function rounds(acting: Acting, grant: Grant, allowed: Allowed, texts: Texts): Promise<Ended> {
  const { door, plan, signal } = acting;
  const { id } = plan.server;
  let resume = await readResume(acting, acting.resume);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const reply = await door.upstreams.call(grant, requestOf(acting, allowed, resume), acting.events);
    if (reply.kind !== 'input') return settle(acting, reply, texts);
    const sorted = await sortInput(acting, reply.requests);
    if (sorted === undefined) return withheldAct(id, 'What the server asks could not be read safely.');
    const { asked, declined } = sorted;
    const open = Object.keys(asked).length > 0;
    if (open && acting.ask === undefined) return later(plan, { asked, declined, state: reply.state });
    const answers = open && acting.ask !== undefined ? await acting.ask(asked) : {};
    if (signal.aborted) return cancelledAct(id, true);
    resume = await readResume(acting, { inputResponses: { ...declined, ...answers }, state: reply.state });
  }
  return withheldAct(id, `The server asked more than ${ROUNDS_MAX} times.`);
}

/** Undefined where the questions cannot be read. */
async function sortInput({ door, plan, client, trace }: Acting, requests: JsonRecord): Promise<Sorted | undefined> {
  const reading: Reading = { server: plan.server.id, inspector: door.inspector, findings: [] };
  try {
    const sorted = await sortQuestions(plan.server, client, reading, requests);
    const { reasons } = sorted;
    if (reasons.length > 0) door.log.warn('tool.question', { server: plan.server.id, tool: plan.name, reasons, trace });
    return sorted;
  } catch (thrown) {
    door.log.error('tool.inspect', { server: plan.server.id, trace, error: String(thrown) });
    return undefined;
  }
}

/** A user's answers go out like arguments: read first. Those that cannot be read are put away. */
async function readResume({ door, trace }: Acting, resume: ToolRequest['resume']): Promise<ToolRequest['resume']> {
  if (resume === undefined || door.inspector === undefined) return resume;
  try {
    const read = await inspectStrings(door.inspector, resume.inputResponses, 'argument');
    return { ...resume, inputResponses: read.value as JsonRecord };
  } catch (thrown) {
    door.log.error('tool.inspect', { trace, error: String(thrown) });
    const cancelled = Object.keys(resume.inputResponses).map((key): [string, Json] => [key, { action: 'cancel' }]);
    return { ...resume, inputResponses: Object.fromEntries(cancelled) };
  }
}

function later(
  plan: Plan,
  input: { readonly asked: JsonRecord; readonly declined: JsonRecord; readonly state: string | null },
): Ended {
  if ((input.state?.length ?? 0) > CARRIED_CHARS_MAX || JSON.stringify(input.asked).length > CARRIED_CHARS_MAX)
    return withheldAct(plan.server.id, 'The server wants more carried between two rounds than this door carries.');
  return { ...doneAct(plan.server.id, { kind: 'input', ...input }), marks: marksOf(plan, undefined, undefined) };
}

function requestOf(acting: Acting, allowed: Allowed, resume: ToolRequest['resume']): ToolRequest {
  const { plan, client, caller, trace, signal, progress } = acting;
  const { operation, server } = plan;
  const repeatable = operation !== undefined && (operation.idempotent || plan.tool?.class === 'read');
  return {
    server,
    method: plan.method,
    params: plan.params,
    action: plan.action,
    binding: caller.agent.id,
    caller: toolCaller(caller, allowed),
    capabilities: letThrough(server, client),
    progress,
    ...(client.logLevel === undefined ? {} : { logLevel: client.logLevel }),
    traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01`,
    timeoutMs: plan.timeoutMs,
    // Text above the tool's cap is cut, so that something of it arrives; what is far above it is not read.
    resultBytesMax: Math.min(READ_BYTES_MAX, plan.resultBytesMax * 4 + 64 * 1024),
    retries: repeatable ? operation.retries : 0,
    ...(operation?.idempotencyKey === null || operation === undefined ? {} : { idempotencyKey: allowed.decision }),
    ...(resume === undefined ? {} : { resume }),
    signal,
  };
}

/** For servers of this process: whose memory is asked for, and up to which class. */
function toolCaller({ agent, onBehalfOf, mandate }: Caller, { dataClass, taints }: Allowed): ToolCaller {
  return {
    agent: agent.id,
    team: agent.team,
    onBehalfOf,
    task: mandate?.task ?? null,
    repository: mandate?.repository ?? null,
    dataClass,
    clearance: agent.dataClass,
    ...(taints === undefined ? {} : { taints }),
  };
}

async function settle(acting: Acting, reply: Exclude<ToolReply, { kind: 'input' }>, texts: Texts): Promise<Ended> {
  const { door, plan, client, signal, trace } = acting;
  const { id } = plan.server;
  if (reply.kind === 'failed') {
    door.log.warn('tool.upstream', {
      server: id,
      tool: plan.name,
      trace,
      kind: reply.failure.kind,
      internal: reply.failure.internal,
    });
    return failedAct(id, reply.failure, plan.tool?.class.startsWith('mutate') ?? false);
  }
  if (reply.kind === 'error') return refusedAct(acting, reply);
  try {
    const cleaned = await cleanResult(door, plan, client, reply.result);
    if ('withheld' in cleaned) return withheldAct(id, cleaned.withheld);
    const marks = marksOf(plan, reply.result, cleaned.raised);
    texts.answer(cleaned.whole, marks.dataClass);
    // It was done all the same; only nobody reads of it.
    if (signal.aborted) return cancelledAct(id, true);
    return { ...doneAct(id, { kind: 'result', result: cleaned.result }), marks };
  } catch (thrown) {
    const fault = asFault(thrown);
    door.log.error('tool.result', { server: id, tool: plan.name, trace, internal: fault.internalText ?? fault.message });
    return withheldAct(id, 'It could not be read safely.');
  }
}

const ERROR_CHARS_MAX = 2_000;

/** An error of the server is something that the model should read: it may well be its own mistake. */
async function refusedAct(acting: Acting, { code, message, data }: Extract<ToolReply, { kind: 'error' }>): Promise<Ended> {
  const { door, plan, client } = acting;
  const needed = code === MISSING_CAPABILITY && client.era === 'modern' ? neededOf(plan.server, data) : undefined;
  if (needed !== undefined)
    return {
      value: { kind: 'needs', capabilities: needed },
      status: 'failed',
      code: 'tool.result',
      charge: { requests: 1 },
      upstream: plan.server.id,
    };
  const reading: Reading = { server: plan.server.id, inspector: door.inspector, findings: [] };
  const text = await readText(reading, message.slice(0, ERROR_CHARS_MAX)).catch(() => 'its message could not be read safely');
  return {
    value: {
      kind: 'trouble',
      code: 'tool.result',
      message: `The tool server \`${plan.server.id}\` refused the call (${code}): ${text}`,
    },
    status: 'failed',
    code: 'tool.result',
    charge: { requests: 1 },
    upstream: plan.server.id,
    marks: marksOf(plan, undefined, highest(reading.findings.map(({ raises }) => raises))),
  };
}

/**
 * What is kept of a call beside the record; a duty to keep none is stronger than a duty to keep all. Of memories nothing is kept here: they are
 * where they are kept, and a second copy would outlive them.
 */
class Texts {
  readonly keep: boolean;
  readonly #acting: Acting;
  readonly #allowed: Allowed;
  #answer: ContentDraft | undefined;

  constructor(acting: Acting, allowed: Allowed) {
    this.#acting = acting;
    this.#allowed = allowed;
    this.keep = !allowed.obligations.includes('log-digest') && acting.plan.server.transport.kind !== 'memory';
  }

  /** @param found class of the answer itself */
  answer(result: JsonRecord, found: DataClass): void {
    const dataClass = highest([this.#allowed.dataClass, found]) ?? 'restricted';
    this.#answer = { kind: 'response', class: dataClass, bytes: Buffer.from(JSON.stringify(result)) };
  }

  drafts(): readonly ContentDraft[] {
    const { plan, resume } = this.#acting;
    const asked = resume === undefined ? '' : `,"answers":${JSON.stringify(resume.inputResponses)}`;
    const about = `"method":${JSON.stringify(plan.method)},"pin":${JSON.stringify(plan.pin)},"tool":${JSON.stringify(plan.name)}`;
    const bytes = Buffer.from(`{"arguments":${plan.text},${about}${asked}}`);
    const request: ContentDraft = { kind: 'request', class: this.#allowed.dataClass, bytes };
    return this.#answer === undefined ? [request] : [request, this.#answer];
  }
}

/** Over the arguments, and over the answers that go along with them. */
export function contentDigest({ digest }: Plan, answers: JsonRecord): string {
  return Object.keys(answers).length === 0 ? digest : hash('sha256', `${digest}\n${canonicalize(answers)}`, 'hex');
}

/** Notifications of a server on their way to the client: bounded, and read like every other text. */
export async function readNotice(door: DoorState, server: string, data: Json): Promise<Json> {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const reading = { server, inspector: door.inspector, findings: [] };
  const read = await readText(reading, text.slice(0, NOTICE_CHARS_MAX));
  return isRecord(data) && read === text ? data : typeof data === 'string' || read !== text ? read : data;
}

const NOTICE_CHARS_MAX = 8 * 1024;
