/** One policy of Cedar's JSON form: its scope as rules that cannot fail, its conditions as conjuncts in order. */
import { Fault } from '../fault.ts';
import { isRecord } from '../json.ts';
import type { Environment, Run } from './environment.ts';
import { chainOf, compileExpression, EXPRESSION_DEPTH_MAX } from './expression.ts';
import { TYPE_FAILURE } from './fail.ts';
import { uidOf } from './literal.ts';
import type { EntityUid } from './value.ts';

export type ScopeRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'equal'; readonly entity: EntityUid }
  | { readonly kind: 'in'; readonly entity: EntityUid }
  | { readonly kind: 'is'; readonly type: string; readonly in: EntityUid | undefined };

export type ActionRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'equal'; readonly entity: EntityUid }
  | { readonly kind: 'in'; readonly entities: readonly EntityUid[] };

/** A part of a condition: `unless` is one conjunct, negated as a whole; `when` is split at its outermost `&&`. */
export interface Conjunct {
  readonly est: unknown;
  readonly negated: boolean;
  readonly run: Run;
}

export interface CompiledPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly principal: ScopeRule;
  readonly action: ActionRule;
  readonly resource: ScopeRule;
  readonly conjuncts: readonly Conjunct[];
  /** Annotations; one without a value is the empty string. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Values of a template's slots, for a linked policy. */
export type SlotValues = Readonly<Record<string, EntityUid>>;

export interface PolicyOptions {
  readonly slots?: SlotValues;
  /** Levels of nesting, `EXPRESSION_DEPTH_MAX` unless said. */
  readonly depthMax?: number;
}

const refuse = (id: string, what: string): never => {
  throw new Fault('bundle.invalid', `Policy ${JSON.stringify(id.slice(0, 100))} ${what}.`);
};

function entityAt(id: string, at: Readonly<Record<string, unknown>>, slots: SlotValues): EntityUid {
  if (typeof at.slot === 'string') return slots[at.slot] ?? refuse(id, 'is a template without a value for its slot');
  return uidOf(at.entity) ?? refuse(id, 'has a scope that cannot be read');
}

/** The parser takes both spellings. */
const isAll = (op: unknown): boolean => op === 'All' || op === 'all';

function scopeRule(id: string, est: unknown, slots: SlotValues): ScopeRule {
  if (!isRecord(est)) return refuse(id, 'has no scope');
  if (isAll(est.op)) return { kind: 'all' };
  if (est.op === '==') return { kind: 'equal', entity: entityAt(id, est, slots) };
  if (est.op === 'in') return { kind: 'in', entity: entityAt(id, est, slots) };
  if (est.op !== 'is' || typeof est.entity_type !== 'string') return refuse(id, 'has a scope that cannot be read');
  return { kind: 'is', type: est.entity_type, in: isRecord(est.in) ? entityAt(id, est.in, slots) : undefined };
}

function actionRule(id: string, est: unknown): ActionRule {
  if (!isRecord(est)) return refuse(id, 'has no action scope');
  if (isAll(est.op)) return { kind: 'all' };
  if (est.op === '==') return { kind: 'equal', entity: entityAt(id, est, {}) };
  if (est.op !== 'in') return refuse(id, 'has an action scope that cannot be read');
  if (!Array.isArray(est.entities)) return { kind: 'in', entities: [entityAt(id, est, {})] };
  const entities = est.entities.map((entity) => uidOf(entity) ?? refuse(id, 'has an action scope that cannot be read'));
  return { kind: 'in', entities };
}

function conjunctsOf(id: string, est: unknown, depthMax: number): Conjunct[] {
  if (!isRecord(est) || (est.kind !== 'when' && est.kind !== 'unless')) return refuse(id, 'has a condition that cannot be read');
  const negated = est.kind === 'unless';
  const parts = negated ? [est.body] : chainOf(est.body, '&&');
  return parts.map((part) => ({ est: part, negated, run: compileExpression(part, depthMax).run }));
}

function annotationsOf(est: unknown): Record<string, string> {
  if (!isRecord(est)) return {};
  return Object.fromEntries(Object.entries(est).map(([name, value]) => [name, typeof value === 'string' ? value : '']));
}

/** Compiles a static policy, or a template with the values of its slots. Refuses the bundle for anything it does not know. */
export function compilePolicy(id: string, est: unknown, options: PolicyOptions = {}): CompiledPolicy {
  const { slots = {}, depthMax = EXPRESSION_DEPTH_MAX } = options;
  if (!isRecord(est) || (est.effect !== 'permit' && est.effect !== 'forbid')) return refuse(id, 'has no effect');
  if (est.conditions !== undefined && !Array.isArray(est.conditions)) return refuse(id, 'has conditions that cannot be read');
  const conditions: readonly unknown[] = est.conditions ?? [];
  return {
    id,
    effect: est.effect,
    principal: scopeRule(id, est.principal, slots),
    action: actionRule(id, est.action),
    resource: scopeRule(id, est.resource, slots),
    conjuncts: conditions.flatMap((condition) => conjunctsOf(id, condition, depthMax)),
    annotations: annotationsOf(est.annotations),
  };
}

/** Scope clauses cannot fail: an entity that is not registered simply has no ancestors. */
export function scopeMatches(rule: ScopeRule, uid: EntityUid, ancestors: ReadonlySet<string> | undefined): boolean {
  if (rule.kind === 'all') return true;
  if (rule.kind === 'equal') return rule.entity.key === uid.key;
  if (rule.kind === 'in') return rule.entity.key === uid.key || (ancestors?.has(rule.entity.key) ?? false);
  if (rule.type !== uid.type) return false;
  return rule.in === undefined || rule.in.key === uid.key || (ancestors?.has(rule.in.key) ?? false);
}

export function actionMatches(rule: ActionRule, uid: EntityUid, ancestors: ReadonlySet<string> | undefined): boolean {
  if (rule.kind === 'all') return true;
  if (rule.kind === 'equal') return rule.entity.key === uid.key;
  return rule.entities.some((entity) => entity.key === uid.key || (ancestors?.has(entity.key) ?? false));
}

/** Whether all conditions hold, left to right; throws an EvaluationFailure like the conditions themselves. */
export function conditionsHold(conjuncts: readonly Conjunct[], env: Environment): boolean {
  for (let i = 0; i < conjuncts.length; i += 1) {
    const conjunct = conjuncts[i] as Conjunct;
    const value = conjunct.run(env);
    if (value === conjunct.negated) return false;
    if (typeof value !== 'boolean') throw TYPE_FAILURE;
  }
  return true;
}
