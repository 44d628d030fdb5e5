/** From an AuthZEN evaluation to an ask of the road, and from its decision back. */
import { Fault } from '@countersign/kernel/fault';
import { type Json, type JsonRecord, isRecord } from '@countersign/kernel/json';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { Ask, Caller, Evaluated } from '../../ports/road.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiCaller } from '../http/env.ts';
import type { EvaluationAsk, EvaluationView } from './schema.ts';

/** Members of `context` that speak to us and are not arguments of the action. `approval` is never trusted: approvals are facts of ours. */
const RESERVED = new Set(['mandate', 'on_behalf_of', 'approval']);

const QUALIFIED = /^(?:[A-Za-z_][A-Za-z0-9_]*::)+[A-Za-z_][A-Za-z0-9_]*$/;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** `Agent`, `agent` and `Countersign::Agent` are one type; `model_class` is `ModelClass`. `space` is the schema's namespace. */
export function entityType(text: string, space: string): string {
  if (QUALIFIED.test(text)) return text;
  if (!NAME.test(text)) throw new Fault('request.invalid', '`type` is not the name of an entity type.');
  return `${space}::${text
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}`;
}

/** Every property is an argument of the action: answering while ignoring one would claim that it was weighed. @throws Fault request.invalid */
export function argumentsOf({ subject, action, resource, context }: EvaluationAsk): JsonRecord {
  const args: Record<string, Json> = Object.create(null) as Record<string, Json>;
  const sources = [subject.properties, action.properties, resource.properties, context];
  for (const members of sources) {
    for (const [name, value] of Object.entries(members ?? {})) {
      if (members === context && RESERVED.has(name)) continue;
      if (name in args && JSON.stringify(args[name]) !== JSON.stringify(value))
        throw new Fault('request.invalid', `\`${name}\` is given twice, with different values.`);
      args[name] = value as Json;
    }
  }
  return { ...args };
}

function textMember(context: Record<string, unknown> | undefined, name: string): string | undefined {
  const value = context?.[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(value))
    throw new Fault('request.invalid', `\`context.${name}\` must be an id.`);
  return value;
}

async function mandateOf(deps: ApiDeps, id: string | undefined): Promise<Pick<Caller, 'mandate' | 'mandateProblem'>> {
  if (id === undefined) return { mandate: undefined };
  const answer = await deps.live.mandate(id);
  if (answer.ok) return { mandate: answer.mandate };
  return { mandate: undefined, mandateProblem: `mandate.${answer.why}` };
}

/** The agent that is asked about. Undefined: there is no such agent. @throws Fault identity.forbidden when an agent asks about another */
export async function subjectOf(
  deps: ApiDeps,
  caller: ApiCaller,
  ask: EvaluationAsk,
  bundle: { snapshot: BundleSnapshot; space: string },
): Promise<Caller | undefined> {
  const { snapshot, space } = bundle;
  const isAgent = entityType(ask.subject.type, space) === `${space}::Agent`;
  if (caller.kind === 'agent') {
    if (!isAgent || ask.subject.id !== caller.id) throw new Fault('identity.forbidden', 'An agent may ask about itself only.');
    return caller.agent;
  }
  const agent = isAgent ? snapshot.agents.get(ask.subject.id) : undefined;
  if (agent === undefined) return undefined;
  const found = await mandateOf(deps, textMember(ask.context, 'mandate'));
  const named = found.mandate !== undefined && found.mandate.agent !== agent.id ? NOT_ITS_OWN : found;
  const onBehalfOf = named.mandate?.onBehalfOf ?? textMember(ask.context, 'on_behalf_of') ?? caller.id;
  return { org: deps.org, agent, credential: caller.person.credential, onBehalfOf, ...named };
}

const NOT_ITS_OWN = { mandate: undefined, mandateProblem: 'mandate.invalid' } as const;

export function roadAsk(subject: Caller, ask: EvaluationAsk, where: { trace: string; space: string }): Ask {
  return {
    caller: subject,
    action: ask.action.name,
    resource: { type: entityType(ask.resource.type, where.space), id: ask.resource.id },
    args: argumentsOf(ask),
    door: 'authzen',
    trace: where.trace,
  };
}

export const unknownSubject = (): EvaluationView => ({
  decision: false,
  context: { id: null, answer: 'deny', code: 'request.unknown-entity', reason: 'The subject is not a registered agent.' },
});

export function evaluationView({ decisionId, decision, denial }: Evaluated): EvaluationView {
  const obligations = decision.obligations.map((id) => ({ type: 'custom' as const, id }));
  const common = { id: decisionId, code: decision.code, revision: decision.revision };
  if (decision.answer === 'allow')
    return { decision: true, context: { ...common, answer: 'allow', ...(obligations.length === 0 ? {} : { obligations }) } };
  return {
    decision: false,
    context: {
      ...common,
      answer: decision.answer,
      reason: denial?.message ?? decision.reasons[0]?.message ?? 'No policy permits this.',
      reasons: decision.reasons.map((reason) => ({ ...reason })),
      ...(denial?.approval === undefined ? {} : { approval: { ...denial.approval } }),
      ...(decision.gates.length === 0
        ? {}
        : { gates: decision.gates.map(({ gate, approvers, min }) => ({ gate, approvers, min })) }),
    },
  };
}

/** Faults that say something about access are answers; the rest speak of the call. */
export function faultView(fault: Fault): EvaluationView | undefined {
  const isAnswer = fault.status === 403 || fault.code === 'request.unknown-entity';
  if (!isAnswer || fault.code === 'identity.forbidden') return undefined;
  const decision = isRecord(fault.details) && typeof fault.details.decision === 'string' ? fault.details.decision : null;
  return { decision: false, context: { id: decision, answer: 'deny', code: fault.code, reason: fault.publicText } };
}
