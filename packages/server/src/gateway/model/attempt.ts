/** One governed call to one model: what is asked of the road, what is sent, and what it came to. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { BodyFacts } from '@countersign/kernel/route';
import type { Grant } from '../../ports/grant.ts';
import {
  DATA_CLASSES,
  type DataClass,
  type ModelRecord,
  type ProviderRecord,
  type Taint,
  TAINTS,
  type WireFormat,
} from '../../ports/registry.ts';
import type { Act, Allowed, Caller, GovernAsk, Governed, ContentDraft } from '../../ports/road.ts';
import type { Amounts } from '../../ports/road-store.ts';
import type { UpstreamExchange } from '../../ports/upstream.ts';
import { mandateClass } from '../wire/mandate-class.ts';
import type { ParsedBody } from '../wire/parse.ts';
import type { ScanRules } from '../wire/scan-rules.ts';
import { splice } from './body/splice.ts';
import { CallContent, type CallContentTerms, WITHHELD } from './content/call-content.ts';
import { isContentProblem, type ReadContent, readContent } from './content/request.ts';
import { DOOR, MODEL_DUTIES } from './deps.ts';
import type { Claims } from '../wire/claims.ts';
import { meterFor } from './meter/index.ts';
import { clampedOutput, type Estimate, outputEdits } from './price.ts';
import type { Ending } from './relay/ending.ts';
import { Relay } from './relay/relay.ts';
import type { Leaving } from '../wire/leaving.ts';
import type { DoorRequest } from './request.ts';
import { settle } from './settle.ts';

/** What stays the same over all attempts of a request. */
export interface CallTerms {
  readonly request: DoorRequest;
  readonly caller: Caller;
  readonly claims: Claims;
  readonly action: 'model.call' | 'model.count';
  readonly format: WireFormat;
  /** Below the provider's base URL, query included. */
  readonly path: string;
  readonly headers: readonly string[];
  /** As it goes out: what must not leave is taken out. */
  readonly body: ParsedBody;
  readonly read: ReadContent;
  readonly rules: ScanRules;
  /** Wishes that a command leave the client's sandbox are taken out of the answer. */
  readonly inside: CallContentTerms['inside'];
  /** Context members that the bundle in force knows. */
  readonly known: readonly string[];
  readonly facts: BodyFacts;
  readonly contentDigest: string;
  readonly holdMs: number;
  readonly leaving: Leaving;
}

export interface Candidate {
  readonly model: ModelRecord;
  readonly provider: ProviderRecord;
  readonly estimate: Estimate;
}

/** Beyond the call's own limits: time to record the outcome. */
const SETTLE_MS = 10_000;

export function attempt(terms: CallTerms, candidate: Candidate): Promise<Governed<Ending>> {
  const { road } = terms.request.door;
  return road.govern<Ending>(askOf(terms, candidate), (grant, allowed) => act(terms, candidate, grant, allowed));
}

function askOf(terms: CallTerms, candidate: Candidate): GovernAsk {
  const { estimate } = candidate;
  const { caller, claims, facts } = terms;
  const counts = terms.action === 'model.count';
  const useCase = claims.useCase ?? caller.mandate?.useCase ?? onlyOne(caller.agent.useCases) ?? 'unspecified';
  const declared = claims.declaredClass ?? mandateClass(caller) ?? caller.agent.dataClass;
  const args: JsonRecord = {
    declaredRank: DATA_CLASSES.indexOf(declared),
    useCase,
    stream: facts.stream,
    needs: facts.needs,
    hosted: facts.hosted,
    opaque: facts.opaque,
    customerData: claims.customerData,
    // The least it can cost: the reservation holds the worst case as far as there is money, and clamps the output to what it got.
    estimateMicroUsd: counts ? 0 : estimate.min.microUsd,
    inputTokens: estimate.inputTokens,
    outputTokens: counts ? 0 : estimate.outputTokens,
    // Bundles that are older than the scanner know neither.
    ...(terms.known.includes('findings') ? { findings: terms.read.tally.labels } : {}),
    ...(terms.known.includes('scanner') ? { scanner: terms.request.door.scanner.digest } : {}),
  };
  return new ModelAsk(terms, candidate, { args, useCase });
}

const ONE: Amounts = Object.freeze({ requests: 1, concurrency: 1 });

/** What is costly and rarely wanted is made when it is asked for: what an approver is shown, and a signal for a hold. */
class ModelAsk implements GovernAsk {
  readonly #terms: CallTerms;
  readonly #candidate: Candidate;
  readonly caller: Caller;
  readonly action: string;
  readonly resource: GovernAsk['resource'];
  readonly args: JsonRecord;
  readonly door = DOOR;
  readonly trace: string;
  readonly contentDigest: string;
  readonly reserve: NonNullable<GovernAsk['reserve']>;
  readonly model: string;
  readonly useCase: string;
  readonly holdMs: number;
  /** The client has its answer before the act has ended. */
  readonly outcome = 'behind';
  readonly knows = MODEL_DUTIES;
  readonly actMs: number;
  readonly taints: readonly Taint[];
  declare readonly declaredClass?: DataClass;
  declare readonly detectedClass?: DataClass;

  constructor(
    terms: CallTerms,
    candidate: Candidate,
    { args, useCase }: { readonly args: JsonRecord; readonly useCase: string },
  ) {
    const { model, provider, estimate } = candidate;
    this.#terms = terms;
    this.#candidate = candidate;
    this.caller = terms.caller;
    this.action = terms.action;
    this.resource = { type: 'Countersign::Model', id: model.id };
    this.args = args;
    this.trace = terms.request.trace;
    this.contentDigest = terms.contentDigest;
    this.reserve = terms.action === 'model.count' ? { min: ONE, want: ONE } : { min: estimate.min, want: estimate.want };
    this.model = model.id;
    this.useCase = useCase;
    this.holdMs = terms.holdMs;
    this.actMs = model.timeouts.totalMs + provider.queueMs + SETTLE_MS;
    this.taints = taintsOf(terms);
    if (terms.claims.declaredClass !== undefined) this.declaredClass = terms.claims.declaredClass;
    const { dataClass } = terms.read.tally;
    if (dataClass !== undefined) this.detectedClass = dataClass;
  }

  get shown(): JsonRecord {
    const { model, estimate } = this.#candidate;
    return shownOf(this.#terms, model, estimate, this.useCase);
  }

  get signal(): AbortSignal {
    return this.#terms.leaving.signal;
  }
}

const NO_TAINTS: readonly Taint[] = [];

/** Tools that the provider runs read what strangers wrote, and can send: past our doors. */
function taintsOf({ action, facts, read }: CallTerms): readonly Taint[] {
  const hosted: readonly Taint[] = action === 'model.call' && facts.hosted.length > 0 ? ['untrusted', 'egress'] : NO_TAINTS;
  const { taints } = read.tally;
  if (taints.length === 0) return hosted;
  return TAINTS.filter((taint) => taints.includes(taint) || hosted.includes(taint));
}

/** Figures and kinds only: the text of a request stays in its erasable payload. */
function shownOf(terms: CallTerms, model: ModelRecord, estimate: Estimate, useCase: string): JsonRecord {
  const { facts } = terms;
  return {
    model: model.id,
    provider: model.provider,
    format: terms.format,
    useCase,
    stream: facts.stream,
    estimateMicroUsd: estimate.microUsd,
    inputTokens: estimate.inputTokens,
    outputTokens: estimate.outputTokens,
    needs: facts.needs,
    hosted: facts.hosted,
    opaque: facts.opaque,
    findings: terms.read.tally.labels,
    content: terms.contentDigest,
  };
}

const onlyOne = (list: readonly string[]): string | undefined => (list.length === 1 ? list[0] : undefined);

async function act(terms: CallTerms, candidate: Candidate, grant: Grant, allowed: Allowed): Promise<Act<Ending>> {
  const { model, provider, estimate } = candidate;
  const { door, res } = terms.request;
  const counts = terms.action === 'model.count';
  const adds = terms.format === 'chat' && terms.facts.stream && !terms.facts.usageInStream;
  const limit = clampedOutput(model, terms.facts, estimate, allowed.granted);
  const body = splice(terms.body.bytes, terms.body.scan, counts ? modelEdit(model) : editsOf(terms, candidate, limit, adds));
  const keep = !counts && keepsTexts(model, allowed.obligations);
  const { rules, read } = terms;
  const content = new CallContent({
    scanner: door.scanner,
    rules,
    format: terms.format,
    values: read.values,
    keep,
    inside: terms.inside,
  });
  let exchange: UpstreamExchange | undefined;
  const ending = await new Promise<Ending>((resolve) => {
    if (terms.leaving.gone) return resolve(goneBefore());
    const relay = new Relay(
      {
        res,
        format: terms.format,
        stream: terms.facts.stream && !counts,
        meter: meterFor(terms.format, adds),
        counts,
        ours: terms.request.ours(allowed.decision, allowed.decision),
        requestId: allowed.decision,
        model: model.id,
        content,
        watch: door.watch,
        now: () => door.clock.now(),
      },
      resolve,
    );
    const call = {
      provider,
      model,
      action: terms.action,
      agent: terms.caller.agent.id,
      path: terms.path,
      headers: terms.headers,
      body,
    };
    exchange = door.upstream.call(grant, call, relay);
    relay.attach(exchange);
  });
  exchange?.verdict(verdictOf(ending));
  if (content.escalations > 0) door.log.warn('model.escalation', { trace: terms.request.trace, decision: allowed.decision });
  const act = settle(ending, { model, estimate, granted: allowed.granted, facts: terms.facts, format: terms.format, counts });
  const { marks } = content;
  const marked = marks === undefined ? act : { ...act, marks };
  return keep ? { ...marked, payloads: await textsOf(terms, ending, allowed.dataClass) } : marked;
}

/** Texts are kept with the outcome, once the duties are known: a duty to keep none is stronger than the entry and than a duty to keep all. */
const keepsTexts = (model: ModelRecord, duties: readonly string[]): boolean =>
  !duties.includes('log-digest') && (model.logs === 'full' || duties.includes('log-full'));

/** Stored texts are redacted whatever the agent may see. */
async function textsOf(terms: CallTerms, ending: Ending, dataClass: DataClass): Promise<readonly ContentDraft[]> {
  const { scanner } = terms.request.door;
  const read = await readContent(terms.body, { scanner, rules: terms.rules, place: 'records', clearance: 'public' });
  const answer = 'metered' in ending ? ending.metered.body : undefined;
  const bytes = isContentProblem(read) ? WITHHELD : read.body.bytes;
  const request: ContentDraft = { kind: 'request', class: dataClass, bytes };
  return answer === undefined ? [request] : [request, { kind: 'response', class: dataClass, bytes: answer }];
}

const goneBefore = (): Ending => ({
  kind: 'cancelled',
  sent: false,
  metered: { usage: undefined, complete: false, outputBytes: 0, upstream: undefined, body: undefined },
});

function modelEdit(model: ModelRecord): Map<string, string> {
  return model.upstreamModel === model.id ? new Map() : new Map([['model', JSON.stringify(model.upstreamModel)]]);
}

function editsOf(terms: CallTerms, { model, provider }: Candidate, limit: number, addsUsage: boolean): Map<string, string> {
  const edits = outputEdits({ format: terms.format, openai: provider.kind === 'openai', model }, terms.facts, limit);
  // The body may name an alias or, on a fallback, another model.
  if (terms.facts.model !== model.upstreamModel) edits.set('model', JSON.stringify(model.upstreamModel));
  if (addsUsage) {
    const options = terms.body.json['stream_options'];
    edits.set('stream_options', JSON.stringify({ ...(typeof options === 'object' ? options : {}), include_usage: true }));
  }
  return edits;
}

/** Counted when an answer has ended. A refused body says nothing about the provider's health. */
function verdictOf(ending: Ending): 'good' | 'bad' | 'neutral' {
  switch (ending.kind) {
    case 'complete':
      return 'good';
    case 'failed-inside':
    case 'broken':
      return 'bad';
    case 'withheld':
      return 'good';
    case 'cancelled':
      return 'neutral';
    case 'nothing':
      return ending.failure === undefined ? statusVerdict(ending.status) : failureVerdict(ending.failure.kind);
  }
}

const statusVerdict = (status: number): 'good' | 'bad' =>
  status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'good' : 'bad';

const failureVerdict = (kind: string): 'bad' | 'neutral' =>
  kind === 'queue' || kind === 'open' || kind === 'unresolved' ? 'neutral' : 'bad';
