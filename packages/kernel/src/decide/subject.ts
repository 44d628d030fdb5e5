/** From what came in to what can be evaluated: the checked request over one snapshot of entities, or the denial. */
import type { ActionRequest, Facts } from '../action/index.ts';
import {
  type CheckedContext,
  checkRef,
  type EntityStore,
  EntityUid,
  type EntityView,
  type Environment,
  type StoredEntity,
} from '../cedar/index.ts';
import { isRecord } from '../json.ts';
import type { BundleAction, CompiledBundle } from './bundle.ts';
import type { Reason } from './decision.ts';

/** A request that can be evaluated, or why not. */
export type Subject = { readonly env: Environment } | { readonly refusal: Reason };

const EMPTY = Object.freeze({});

const invalid = (pointer: string, problem: string): Subject => ({
  refusal: { code: 'request.invalid', message: `${pointer} ${problem}.` },
});

const unknown = (pointer: string): Subject => ({
  refusal: { code: 'request.unknown-entity', message: `${pointer} names something that is not registered.` },
});

/** The bundle's entities with those of the facts over them, or what is wrong with the facts. */
function viewOf(bundle: CompiledBundle, facts: Facts): EntityView | string {
  const records = facts.entities;
  const store: EntityStore = bundle.store;
  if (records === undefined || records.length === 0) return store;
  const entities: StoredEntity[] = [];
  for (const record of records) {
    const entity = bundle.readEntity(record);
    if (typeof entity === 'string') return entity;
    entities.push(entity);
  }
  const view = store.withOverlay(entities);
  if (view === 'cycle') return 'closes a cycle';
  if (view === 'duplicate') return 'is there twice';
  return view === 'moved' ? 'has other ancestors than in the bundle, and others depend on them' : view;
}

/** Ids of an enumerated type are registered by the schema. */
function isEnumerated(bundle: CompiledBundle, uid: EntityUid): boolean {
  return bundle.schema.entityTypes.get(uid.type)?.ids?.has(uid.id) === true;
}

function areKnown(bundle: CompiledBundle, view: EntityView, uids: readonly EntityUid[] | undefined): boolean {
  return uids === undefined || uids.every((uid) => view.find(uid.key) !== undefined || isEnumerated(bundle, uid));
}

/** Checks everything, in the order action, principal, resource, facts' entities, arguments, facts, registration. */
export function subjectOf(bundle: CompiledBundle, action: BundleAction, facts: Facts, request: ActionRequest): Subject {
  const { principals, resources, uid } = action.checker.action;
  const wrong = checkRef(request.principal, principals, '/principal') ?? checkRef(request.resource, resources, '/resource');
  if (wrong !== undefined) return invalid(wrong.pointer, wrong.problem);
  const entities = viewOf(bundle, facts);
  if (typeof entities === 'string') return invalid('/entities', entities);
  const checked = action.checker.check(request.args ?? EMPTY, isRecord(facts.context) ? facts.context : EMPTY);
  if ('problem' in checked) return invalid(checked.pointer, checked.problem);
  return registered({ bundle, entities, checked, action: uid }, request);
}

interface Checked {
  readonly bundle: CompiledBundle;
  readonly entities: EntityView;
  readonly checked: CheckedContext;
  readonly action: EntityUid;
}

/** The environment, if everything that the request names is registered. */
function registered({ bundle, entities, checked, action }: Checked, request: ActionRequest): Subject {
  const principal = new EntityUid(request.principal.type, request.principal.id);
  const resource = new EntityUid(request.resource.type, request.resource.id);
  const principalData = entities.find(principal.key);
  const resourceData = entities.find(resource.key);
  if (principalData === undefined && !isEnumerated(bundle, principal)) return unknown('/principal');
  if (resourceData === undefined && !isEnumerated(bundle, resource)) return unknown('/resource');
  if (!areKnown(bundle, entities, checked.namedByRequest)) return unknown('/args');
  if (!areKnown(bundle, entities, checked.namedByFacts)) return unknown('/context');
  return {
    env: {
      // The store's own uid, where there is one, has its key and the key's hash already.
      principal: principalData?.uid ?? principal,
      action,
      resource: resourceData?.uid ?? resource,
      context: checked.context,
      entities,
      principalData,
      resourceData,
    },
  };
}
