/** A bundle made ready to decide: schema checkers, policies as closures behind the scope index, entities with their ancestors. Immutable. */
import { type ActionClass, CLASS_GROUPS } from '../action/index.ts';
import {
  actionEntities,
  type ActionType,
  compileChecker,
  EntityStore,
  entityReader,
  type ReadEntity,
  type RequestChecker,
  resolveSchema,
  type Schema,
  ScopeIndex,
} from '../cedar/index.ts';
import { Fault } from '../fault.ts';
import { type LayeredPolicy, layeredPolicy } from './layers.ts';
import type { BundleSource } from './source.ts';
import { type PermitGroups, permitGroups } from './why-not.ts';

export interface BundleAction {
  readonly id: string;
  readonly actionClass: ActionClass | null;
  readonly checker: RequestChecker;
  /** What a denial looks at to say what came near. */
  readonly permits: PermitGroups;
}

export interface CompiledBundle {
  readonly revision: string;
  /** The schema's one namespace; empty when it has none. */
  readonly namespace: string;
  readonly schema: Schema;
  /** By unqualified id. Groups, which apply to nothing, are not among them. */
  readonly actions: ReadonlyMap<string, BundleAction>;
  readonly index: ScopeIndex<LayeredPolicy>;
  readonly store: EntityStore;
  readonly readEntity: ReadEntity;
}

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', what);
};

/**
 * Compiles a bundle, all of it or nothing: `bundle.invalid` for a schema, policy or entity that is not right, for operators of another language
 * version, for duplicate ids and for cycles. Does not run the bundle's cases and does not verify signatures: that is the loader's work.
 */
export function compileBundle(source: BundleSource): CompiledBundle {
  if (source.language !== '4.5') return refuse('The bundle is for another version of the policy language.');
  const schema = resolveSchema(source.schema);
  const [namespace, ...others] = schema.namespaces;
  if (namespace === undefined || others.length > 0) return refuse('The schema must have exactly one namespace.');
  const concrete = [...schema.actions.values()].filter((action) => action.principals.size > 0 && action.resources.size > 0);
  const policies = source.policies.map(layeredPolicy);
  if (new Set(policies.map(({ policy }) => policy.id)).size !== policies.length) return refuse('Two policies have the same id.');
  const readEntity = entityReader(schema);
  const index = new ScopeIndex(policies, concrete);
  return Object.freeze({
    revision: source.revision,
    namespace,
    schema,
    actions: new Map(concrete.map((action) => [action.uid.id, bundleAction(action, schema, index)])),
    index,
    store: storeOf(source, schema, readEntity),
    readEntity,
  });
}

function bundleAction(action: ActionType, schema: Schema, index: ScopeIndex<LayeredPolicy>): BundleAction {
  const actionClass = classOf(action);
  const kernelMembers = { op: action.uid.id, ...(actionClass === null ? {} : { actionClass }) };
  const checker = compileChecker(action, (type) => schema.entityTypes.get(type)?.ids, kernelMembers);
  return { id: action.uid.id, actionClass, checker, permits: permitGroups(index.ofAction(action.uid.key)) };
}

function classOf(action: ActionType): ActionClass | null {
  const classes = new Set<ActionClass>();
  for (const key of action.ancestors) {
    const id = key.slice(key.indexOf('::"') + 3, -1);
    const found = Object.hasOwn(CLASS_GROUPS, id) ? CLASS_GROUPS[id] : undefined;
    if (found !== undefined) classes.add(found);
  }
  if (classes.size > 1) return refuse(`Action "${action.uid.id.slice(0, 100)}" is in more than one action class.`);
  return [...classes][0] ?? null;
}

function storeOf(source: BundleSource, schema: Schema, readEntity: ReadEntity): EntityStore {
  const entities = source.entities.map((record) => {
    const entity = readEntity(record);
    return typeof entity === 'string' ? refuse(`Entity ${nameOf(record)} ${entity}.`) : entity;
  });
  const store = EntityStore.of([...entities, ...actionEntities(schema)]);
  if (store === 'cycle') return refuse('The entities have a cycle.');
  return typeof store === 'string' ? refuse('Two entities have the same type and id.') : store;
}

const nameOf = (record: unknown): string => JSON.stringify((record as { uid?: unknown } | null)?.uid ?? null).slice(0, 200);

/** Class of an action, from its groups and never from a caller; null for an unknown action or one without a class. */
export const actionClassOf = (bundle: CompiledBundle, action: string): ActionClass | null =>
  bundle.actions.get(action)?.actionClass ?? null;

/** Ids of all actions that can be asked for, sorted. */
export const actionsOf = (bundle: CompiledBundle): string[] => [...bundle.actions.keys()].sort();

/** Names of the context members that our facts must or may bring for an action, in the schema's order; empty for an unknown action. */
export const factsOf = (bundle: CompiledBundle, action: string): readonly string[] =>
  bundle.actions.get(action)?.checker.fromFacts ?? [];

/** Names of the arguments that a caller must or may bring for an action; empty for an unknown action. */
export const argumentsOf = (bundle: CompiledBundle, action: string): readonly string[] =>
  bundle.actions.get(action)?.checker.fromRequest ?? [];
