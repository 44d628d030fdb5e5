/** A model call from the parsed request to its end: which models may serve it, in which order, and what the client is told. */
import { argumentsOf } from '@countersign/kernel/decide';
import type { FaultCode } from '@countersign/kernel/fault';
import { type BodyFacts, isBoundToProvider, isFactsProblem, mismatch, readFacts } from '@countersign/kernel/route';
import type { ClientSettings } from '../../ports/clients.ts';
import type { BundleSnapshot, ModelRecord, WireFormat } from '../../ports/registry.ts';
import type { Governed } from '../../ports/road.ts';
import { attempt, type CallTerms, type Candidate } from './attempt.ts';
import { contentDigest } from './body/digest.ts';
import { isProblem, type ParsedBody, parseBody } from '../wire/parse.ts';
import { mandateClass } from '../wire/mandate-class.ts';
import { lowestClass, scanRules } from '../wire/scan-rules.ts';
import { programTools } from './content/code-mode.ts';
import { isContentProblem, readContent } from './content/request.ts';
import type { UpstreamTrouble } from './face/face.ts';
import type { Claims } from '../wire/claims.ts';
import { requestHeaders } from './headers.ts';
import { estimateCall, inputEstimate } from './price.ts';
import type { Ending } from './relay/ending.ts';
import { Leaving } from '../wire/leaving.ts';
import type { DoorRequest } from './request.ts';

export interface CallRoute {
  readonly action: 'model.call' | 'model.count';
  readonly format: WireFormat;
  /** Below the base URL, with the query. */
  readonly path: string;
}

/** Models tried for one request, the first one included. */
const CANDIDATES_MAX = 4;
/** Acts for one request: a lost connection may be tried once more with the same model. */
const ACTS_MAX = 6;

export async function serveCall(request: DoorRequest, route: CallRoute, claims: Claims, bytes: Buffer): Promise<void> {
  const { caller } = request;
  if (caller === undefined) throw new Error('a call is served for a caller only');
  const refuse = (code: FaultCode, message: string): Promise<void> => request.refuse(route.action, code, message);
  const body = parseBody(bytes);
  if (isProblem(body)) return refuse(body.code, body.message);
  const facts = readFacts(route.format, body.json);
  if (isFactsProblem(facts)) return refuse('request.invalid', facts.problem);
  const snapshot = request.door.snapshots.current();
  if (snapshot === undefined) return refuse('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  const model = snapshot.models.get(facts.model);
  if (model === undefined) return refuse('model.unknown', `The model \`${facts.model}\` is not registered.`);
  const { action, format, path } = route;
  const first = candidateOf(snapshot, model, { action, format, path, body, facts });
  if ('code' in first) return refuse(first.code, first.message);
  const leaving = new Leaving(request.res);
  try {
    const rules = scanRules(snapshot.settings, request.door.clock.now());
    const clearance = lowestClass([caller.agent.dataClass, mandateClass(caller), model.maxDataClass]);
    const read = await readContent(body, { scanner: request.door.scanner, rules, place: 'prompts', clearance });
    if (isContentProblem(read)) return await refuse(read.code, read.message);
    const terms: CallTerms = {
      request,
      caller,
      claims,
      action,
      format,
      path,
      headers: requestHeaders(request.req.rawHeaders, request.req.headers.connection),
      body: read.body,
      read,
      rules,
      inside: keepsInside(snapshot.settings.clients, route.format) ? { programs: programTools(body.json) } : undefined,
      known: argumentsOf(snapshot.compiled, route.action),
      facts,
      // Of what the client sent: what is taken out differs with who asks.
      contentDigest: contentDigest(bytes, body.scan, facts.opaque.includes('item-reference')),
      holdMs: snapshot.settings.holdMs,
      leaving,
    };
    await serve(terms, candidates(snapshot, first, terms));
  } finally {
    leaving.done();
  }
}

/** Of every answer in the form that Codex speaks, whoever says to be which client: that is only the client's word. */
const keepsInside = (clients: ClientSettings | undefined, format: WireFormat): boolean =>
  format === 'responses' && clients !== undefined && clients.codex !== null && !clients.codexLeavesSandbox;

interface Unfit {
  readonly code: FaultCode;
  readonly message: string;
}

interface Asked extends CallRoute {
  readonly body: ParsedBody;
  readonly facts: BodyFacts;
}

function candidateOf(snapshot: BundleSnapshot, model: ModelRecord, asked: Asked): Candidate | Unfit {
  const { body, facts } = asked;
  const provider = snapshot.providers.get(model.provider);
  if (provider === undefined) return { code: 'model.unknown', message: `The model \`${model.id}\` has no provider.` };
  if (!model.formats.includes(asked.format))
    return {
      code: 'model.capability',
      message: `${model.id} is not offered in this API. It speaks: ${model.formats.join(', ')}.`,
    };
  if (asked.action === 'model.count' && provider.kind !== 'anthropic')
    return { code: 'request.unsupported', message: `Tokens cannot be counted for ${model.id}.` };
  if (asked.format === 'messages' && asked.action === 'model.call' && facts.limits['max_tokens'] === undefined)
    return { code: 'request.invalid', message: '`max_tokens` must be given.' };
  const inputTokens = inputEstimate(body.bytes.length, facts, model.capabilities.contextTokens);
  const wrong = mismatch(facts, model.capabilities, model.allow, inputTokens);
  if (wrong !== undefined) return wrong;
  if (model.maxPromptTokens !== undefined && inputTokens > model.maxPromptTokens)
    return {
      code: 'model.capability',
      message: `The request is about ${inputTokens} tokens long; ${model.id} may be sent at most ${model.maxPromptTokens}.`,
    };
  return { model, provider, estimate: estimateCall(model, facts, inputTokens) };
}

/** The named model and its fallbacks that fit, those first whose breaker is closed. Reasoning of one vendor never goes to another. */
function candidates(snapshot: BundleSnapshot, first: Candidate, terms: CallTerms): readonly Candidate[] {
  const all = [first];
  for (const id of first.model.fallbacks) {
    const model = snapshot.models.get(id);
    if (model === undefined || terms.action === 'model.count') continue;
    if (model.provider !== first.model.provider && isBoundToProvider(terms.facts)) continue;
    const candidate = candidateOf(snapshot, model, { ...terms, facts: { ...terms.facts, model: id } });
    if (!('code' in candidate) && all.length < CANDIDATES_MAX) all.push(candidate);
  }
  if (all.length === 1) return all;
  const { upstream } = terms.request.door;
  const open = all.filter((one) => upstream.available(one.provider.id, one.model.id));
  return open.length === 0 ? all : open;
}

interface Told {
  readonly trouble: UpstreamTrouble;
  readonly decision: string;
}

async function serve(terms: CallTerms, all: readonly Candidate[]): Promise<void> {
  let told: Told | undefined;
  let acts = 0;
  for (const candidate of all) {
    let again = true;
    while (again && acts < ACTS_MAX) {
      acts += 1;
      const governed = await attempt(terms, candidate);
      // A fallback that is denied leaves the first model's trouble to tell.
      if (!governed.ok) return told === undefined ? terms.request.deny(governed.denial) : tell(terms, told);
      const trouble = troubleOf(terms, candidate, governed);
      if (trouble === undefined) return;
      told ??= trouble;
      again = wantsAgain(governed.value) && !terms.leaving.gone;
      if (terms.leaving.gone || !wantsOther(governed.value)) return tell(terms, told);
    }
  }
  if (told !== undefined) tell(terms, told);
}

const tell = (terms: CallTerms, told: Told): void => terms.request.trouble(told.trouble, told.decision);

function troubleOf(terms: CallTerms, candidate: Candidate, governed: Extract<Governed<Ending>, { ok: true }>): Told | undefined {
  const ending = governed.value;
  if (ending.kind === 'withheld') return ending.told ? undefined : { trouble: ending.trouble, decision: governed.decision };
  if (ending.kind !== 'nothing' && ending.kind !== 'broken') return undefined;
  const { door, trace } = terms.request;
  door.log.warn('model.upstream', {
    trace,
    decision: governed.decision,
    model: candidate.model.id,
    provider: candidate.provider.id,
    code: ending.trouble.code,
    internal: ending.internal,
  });
  return ending.kind === 'nothing' ? { trouble: ending.trouble, decision: governed.decision } : undefined;
}

const wantsAgain = (ending: Ending): boolean => ending.kind === 'nothing' && ending.failure?.again === true;

/** Another model may turn what is the provider's fault; it cannot turn a refused body. */
function wantsOther(ending: Ending): boolean {
  if (ending.kind !== 'nothing') return false;
  return ending.failure !== undefined || ending.trouble.status >= 429;
}
