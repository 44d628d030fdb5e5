/** A bundle's policies with their place in the layers: Cedar policies whose annotations say what being satisfied means. */
import { type CompiledPolicy, compilePolicy } from '../cedar/index.ts';
import { Fault } from '../fault.ts';
import type { LayerName, PolicyError, Reason } from './decision.ts';
import type { PolicySource } from './source.ts';

export interface LayeredPolicy {
  readonly policy: CompiledPolicy;
  readonly layer: LayerName;
  readonly shadow: boolean;
  /** `file:line#id` */
  readonly reference: string;
  readonly reason: Reason;
  readonly gate: { readonly gate: string; readonly approvers: string; readonly min: number } | undefined;
  readonly obligations: readonly string[];
  readonly errorReason: Reason;
}

const LAYERS: readonly LayerName[] = ['access', 'limit', 'gate', 'obligation'];

const refuse = (source: PolicySource, what: string): never => {
  throw new Fault('bundle.invalid', `${source.file}:${source.line}: policy ${JSON.stringify(source.id.slice(0, 100))} ${what}.`);
};

/** Compiles one policy. Faults with `bundle.invalid` when its layer and its effect or annotations do not fit together. */
export function layeredPolicy(source: PolicySource): LayeredPolicy {
  const policy = compilePolicy(source.id, source.est);
  const { annotations, effect } = policy;
  if (annotations.id !== source.id) return refuse(source, 'has another id in its text');
  const layer =
    LAYERS.find((name) => name === annotations.layer) ?? refuse(source, 'has no layer: access, limit, gate or obligation');
  if (annotations.mode !== undefined && annotations.mode !== 'shadow') return refuse(source, 'has a mode other than shadow');
  if ((layer === 'limit' || layer === 'gate') && effect !== 'forbid') return refuse(source, `must be a forbid in layer ${layer}`);
  if (layer === 'obligation' && effect !== 'permit') return refuse(source, 'must be a permit in layer obligation');
  const reference = `${source.file}:${source.line}#${source.id}`;
  return {
    policy,
    layer,
    shadow: annotations.mode === 'shadow',
    reference,
    reason: reasonOf(source, policy, { layer, reference }),
    gate: layer === 'gate' ? gateOf(source, policy) : undefined,
    obligations: layer === 'obligation' ? obligationsOf(source, policy) : [],
    errorReason: errorReasonOf(policy, reference),
  };
}

const optional = (name: 'instead' | 'escalate' | 'link', text: string | undefined) =>
  text === undefined || text === '' ? {} : { [name]: text };

function reasonOf(source: PolicySource, policy: CompiledPolicy, place: { layer: LayerName; reference: string }): Reason {
  const { reason, message, instead, escalate, link } = policy.annotations;
  const isExplained = place.layer === 'limit' || place.layer === 'gate';
  if (isExplained && (reason === undefined || reason === '')) return refuse(source, 'has no reason');
  if (isExplained && (message === undefined || message === '')) return refuse(source, 'has no message');
  return Object.freeze({
    code: reason === undefined || reason === '' ? 'policy.denied' : reason,
    policy: policy.id,
    reference: place.reference,
    message: message === undefined || message === '' ? 'A policy denies this.' : message,
    ...optional('instead', instead),
    ...optional('escalate', escalate),
    ...optional('link', link),
  });
}

function errorReasonOf(policy: CompiledPolicy, reference: string): Reason {
  return Object.freeze({
    code: 'policy.error',
    policy: policy.id,
    reference,
    message: 'A policy failed, so nothing is allowed.',
    ...optional('escalate', policy.annotations.owner),
  });
}

export const errorOf = (layered: LayeredPolicy, failure: { kind: string; message: string }): PolicyError => ({
  policy: layered.policy.id,
  reference: layered.reference,
  kind: failure.kind,
  message: failure.message,
});

function gateOf(source: PolicySource, policy: CompiledPolicy): LayeredPolicy['gate'] {
  const { gate, approvers, min } = policy.annotations;
  if (gate === undefined || gate === '' || approvers === undefined || approvers === '')
    return refuse(source, 'needs gate and approvers');
  if (min === undefined || !/^[1-9][0-9]{0,3}$/.test(min)) return refuse(source, 'needs a positive integer as min');
  return Object.freeze({ gate, approvers, min: Number(min) });
}

function obligationsOf(source: PolicySource, policy: CompiledPolicy): readonly string[] {
  const names = (policy.annotations.obligation ?? '').split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) return refuse(source, 'needs the names of its obligations, divided by commas');
  return Object.freeze(names);
}
