/**
 * Cedar's own semantics, without layers: for conformance cases and for comparison with other implementations. A policy that fails is skipped
 * and reported; entities that are not there have no attributes and no ancestors; forbid wins; default deny.
 */
import { Fault } from '../fault.ts';
import { isRecord, type JsonRecord } from '../json.ts';
import type { EntityData, EntityView, Environment } from './environment.ts';
import { EvaluationFailure, type FailureKind } from './fail.ts';
import { uidOf } from './literal.ts';
import { coerce } from './plain-value.ts';
import { actionMatches, type CompiledPolicy, compilePolicy, conditionsHold, scopeMatches, type SlotValues } from './policy.ts';
import { actionEntities } from './entities.ts';
import { resolveSchema, type Schema } from './schema.ts';
import { EntityStore, type StoredEntity } from './store.ts';
import type { RecordType, SchemaType } from './types.ts';
import { type EntityUid, equals, type RecordValue, type Value } from './value.ts';

/** Levels of nesting that foreign cases may have; a bundle's own policies and schemas are held to less. */
const PLAIN_DEPTH_MAX = 1000;

/** Resolves a schema that others wrote. Faults with `bundle.invalid` for names it does not know. */
export const plainSchema = (json: JsonRecord): Schema => resolveSchema(json, PLAIN_DEPTH_MAX);

/** A policy set of Cedar's JSON form. */
export interface PlainPolicySet {
  readonly staticPolicies: Readonly<Record<string, unknown>>;
  readonly templates?: Readonly<Record<string, unknown>>;
  readonly templateLinks?: readonly unknown[];
}

export interface PlainRequest {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: RecordValue;
}

export interface PlainAnswer {
  readonly decision: 'allow' | 'deny';
  /** Ids of the determining policies, sorted. */
  readonly reason: readonly string[];
  /** Policies that failed, sorted by id. */
  readonly errors: readonly { readonly policy: string; readonly kind: FailureKind }[];
}

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', what);
};

/** Compiles static policies and links. Template links are `{templateId, newId, values: {"?principal": uid}}`. */
export function plainPolicies(set: PlainPolicySet): CompiledPolicy[] {
  const policies = Object.entries(set.staticPolicies).map(([id, est]) => compilePolicy(id, est, { depthMax: PLAIN_DEPTH_MAX }));
  const ids = new Set(policies.map((policy) => policy.id));
  for (const link of set.templateLinks ?? []) {
    const linked = linkedPolicy(link, set.templates ?? {});
    if (ids.has(linked.id)) refuse(`Two policies are called ${JSON.stringify(linked.id.slice(0, 100))}.`);
    ids.add(linked.id);
    policies.push(linked);
  }
  return policies;
}

function linkedPolicy(link: unknown, templates: Readonly<Record<string, unknown>>): CompiledPolicy {
  if (!isRecord(link) || typeof link.newId !== 'string' || typeof link.templateId !== 'string')
    return refuse('A template link cannot be read.');
  if (!Object.hasOwn(templates, link.templateId)) return refuse('A template link names a template that is not there.');
  const slots: Record<string, EntityUid> = {};
  for (const [slot, value] of Object.entries(isRecord(link.values) ? link.values : {})) {
    slots[slot] = uidOf(value) ?? refuse('A template link has a value that is not an entity.');
  }
  return compilePolicy(link.newId, templates[link.templateId], { slots: slots satisfies SlotValues, depthMax: PLAIN_DEPTH_MAX });
}

/** Reads entities of Cedar's JSON form. With a schema, values are read by type and the schema's actions are entities too. */
export function plainEntities(json: unknown, schema?: Schema): EntityStore {
  if (!Array.isArray(json)) return refuse('Entities must be a list.');
  const byKey = new Map<string, StoredEntity>();
  for (const record of json) {
    const entity = plainEntity(record, schema);
    const before = byKey.get(entity.uid.key);
    if (before !== undefined && !isSameEntity(before, entity))
      return refuse(`Two entities are called ${entity.uid.key.slice(0, 100)}.`);
    byKey.set(entity.uid.key, entity);
  }
  if (schema !== undefined) for (const action of actionEntities(schema)) byKey.set(action.uid.key, action);
  const store = EntityStore.of([...byKey.values()]);
  return typeof store === 'string' ? refuse('The entities have a cycle.') : store;
}

/** Tags that are not there are none; anything else but an object is a mistake. */
function plainTags(json: unknown, type: SchemaType | undefined): Map<string, Value> {
  const tags = json === undefined ? {} : isRecord(json) ? json : refuse('The tags of an entity are not an object.');
  return new Map(Object.entries(tags).map(([name, tag]): [string, Value] => [name, coerce(tag, type)]));
}

/** Attributes are named one by one, so that none of the names is an escape. */
const UNTYPED: RecordType = { kind: 'record', members: new Map() };

function plainEntity(json: unknown, schema: Schema | undefined): StoredEntity {
  const uid = isRecord(json) ? uidOf(json.uid) : undefined;
  if (!isRecord(json) || uid === undefined) return refuse('An entity has no uid that can be read.');
  const type = schema?.entityTypes.get(uid.type);
  const parents: unknown = json.parents ?? [];
  if (!Array.isArray(parents)) return refuse(`The parents of ${uid.key.slice(0, 100)} are not a list.`);
  const attrs = coerce(json.attrs ?? {}, type?.shape ?? UNTYPED);
  if (!(attrs instanceof Map)) return refuse(`The attributes of ${uid.key.slice(0, 100)} are not an object.`);
  const above = parents.map((parent) => uidOf(parent) ?? refuse(`A parent of ${uid.key.slice(0, 100)} cannot be read.`));
  return { uid, parents: above, attrs, tags: plainTags(json.tags, type?.tags) };
}

function isSameEntity(a: StoredEntity, b: StoredEntity): boolean {
  const parents = new Set(a.parents.map((parent) => parent.key));
  const isSameParents =
    b.parents.every((parent) => parents.has(parent.key)) && parents.size === new Set(b.parents.map((p) => p.key)).size;
  return isSameParents && equals(a.attrs, b.attrs) && equals(a.tags, b.tags);
}

/** Reads a context; with a schema and an action it declares, by type. */
export function plainContext(json: unknown, schema?: Schema, action?: EntityUid): RecordValue {
  const type = action === undefined ? undefined : schema?.actions.get(action.key)?.context;
  const context = coerce(json ?? {}, type);
  return context instanceof Map ? context : refuse('The context cannot be read.');
}

export function environmentOf(request: PlainRequest, entities: EntityView): Environment {
  return {
    ...request,
    entities,
    principalData: entities.find(request.principal.key),
    resourceData: entities.find(request.resource.key),
  };
}

function applies(policy: CompiledPolicy, env: Environment, actionData: EntityData | undefined): boolean {
  return (
    actionMatches(policy.action, env.action, actionData?.ancestors) &&
    scopeMatches(policy.principal, env.principal, env.principalData?.ancestors) &&
    scopeMatches(policy.resource, env.resource, env.resourceData?.ancestors)
  );
}

export function evaluatePlain(policies: Iterable<CompiledPolicy>, entities: EntityView, request: PlainRequest): PlainAnswer {
  const env = environmentOf(request, entities);
  const actionData = entities.find(request.action.key);
  const permits: string[] = [];
  const forbids: string[] = [];
  const errors: { policy: string; kind: FailureKind }[] = [];
  for (const policy of policies) {
    if (!applies(policy, env, actionData)) continue;
    try {
      if (conditionsHold(policy.conjuncts, env)) (policy.effect === 'permit' ? permits : forbids).push(policy.id);
    } catch (thrown) {
      if (!(thrown instanceof EvaluationFailure)) throw thrown;
      errors.push({ policy: policy.id, kind: thrown.kind });
    }
  }
  errors.sort((a, b) => (a.policy < b.policy ? -1 : 1));
  if (forbids.length > 0) return { decision: 'deny', reason: forbids.sort(), errors };
  return { decision: permits.length > 0 ? 'allow' : 'deny', reason: permits.sort(), errors };
}
