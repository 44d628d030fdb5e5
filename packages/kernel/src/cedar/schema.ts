/** Cedar's JSON schema with every name resolved: what entities, actions and contexts may look like. */
import { Fault } from '../fault.ts';
import { isRecord, type JsonRecord } from '../json.ts';
import { closuresOf } from './closure.ts';
import { type RecordType, resolveRecord, resolveType, type SchemaType, type TypeNames } from './types.ts';
import { EntityUid } from './value.ts';

export interface EntityType {
  readonly name: string;
  readonly shape: RecordType;
  readonly tags: SchemaType | undefined;
  /** Ids of an enumerated type, which has no attributes and no parents. */
  readonly ids: ReadonlySet<string> | undefined;
  readonly parents: ReadonlySet<string>;
}

export interface ActionType {
  readonly uid: EntityUid;
  readonly parents: readonly EntityUid[];
  /** Keys of all groups above it. */
  readonly ancestors: ReadonlySet<string>;
  readonly principals: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly context: RecordType;
}

export interface Schema {
  readonly namespaces: readonly string[];
  readonly entityTypes: ReadonlyMap<string, EntityType>;
  /** By key, `Countersign::Action::"model.call"`. */
  readonly actions: ReadonlyMap<string, ActionType>;
}

const EMPTY_RECORD: RecordType = { kind: 'record', members: new Map() };

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', `The schema ${what}.`);
};

const recordAt = (value: unknown): JsonRecord => (value === undefined ? {} : isRecord(value) ? value : refuse('cannot be read'));

const textsAt = (value: unknown): string[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) return refuse('has a list that is not of names');
  return value;
};

export const qualify = (namespace: string, name: string): string => (namespace === '' ? name : `${namespace}::${name}`);

/** Levels of nesting that types of a bundle may have. */
const TYPE_DEPTH_MAX = 16;

/** Resolves a schema of `schemaToJson`'s form, types nested at most `depthMax` levels deep. Faults with `bundle.invalid` for names it does not know and for a group that contains itself. */
export function resolveSchema(json: JsonRecord, depthMax = TYPE_DEPTH_MAX): Schema {
  const names: TypeNames = { ...collectNames(json), depthMax, resolved: new Map() };
  const entityTypes = new Map<string, EntityType>();
  const drafts: Omit<ActionType, 'ancestors'>[] = [];
  for (const [namespace, definition] of Object.entries(json)) {
    const { entityTypes: types, actions } = recordAt(definition);
    for (const [name, type] of Object.entries(recordAt(types))) {
      const resolved = entityType(qualify(namespace, name), recordAt(type), { names, namespace });
      entityTypes.set(resolved.name, resolved);
    }
    for (const [id, action] of Object.entries(recordAt(actions)))
      drafts.push(actionType(id, recordAt(action), { names, namespace }));
  }
  const closures = closuresOf(drafts.map(({ uid, parents }) => ({ key: uid.key, parents: parents.map((parent) => parent.key) })));
  if (closures === undefined) return refuse('has an action group that contains itself');
  const actions = new Map(
    drafts.map((draft) => [draft.uid.key, { ...draft, ancestors: closures.get(draft.uid.key) ?? new Set() }]),
  );
  return { namespaces: Object.keys(json), entityTypes, actions };
}

function collectNames(json: JsonRecord): Pick<TypeNames, 'common' | 'entities' | 'actions'> {
  const common = new Map<string, { json: unknown; namespace: string }>();
  const entities = new Set<string>();
  const actionTypes = new Set<string>();
  for (const [namespace, definition] of Object.entries(json)) {
    const { commonTypes, entityTypes, actions } = recordAt(definition);
    for (const [name, type] of Object.entries(recordAt(commonTypes)))
      common.set(qualify(namespace, name), { json: type, namespace });
    for (const name of Object.keys(recordAt(entityTypes))) entities.add(qualify(namespace, name));
    if (Object.keys(recordAt(actions)).length > 0) actionTypes.add(qualify(namespace, 'Action'));
  }
  return { common, entities, actions: actionTypes };
}

interface Place {
  readonly names: TypeNames;
  readonly namespace: string;
}

function entityName(name: string, { names, namespace }: Place): string {
  const near = qualify(namespace, name);
  if (names.entities.has(near)) return near;
  return names.entities.has(name) ? name : refuse(`names an entity type that it does not have (${name.slice(0, 100)})`);
}

function entityType(name: string, json: JsonRecord, place: Place): EntityType {
  return {
    name,
    shape: json.shape === undefined ? EMPTY_RECORD : resolveRecord(json.shape, place.names, place.namespace),
    tags: json.tags === undefined ? undefined : resolveType(json.tags, place.names, place.namespace),
    ids: json.enum === undefined ? undefined : new Set(textsAt(json.enum)),
    parents: new Set(textsAt(json.memberOfTypes).map((parent) => entityName(parent, place))),
  };
}

function actionType(id: string, json: JsonRecord, place: Place): Omit<ActionType, 'ancestors'> {
  const ownType = qualify(place.namespace, 'Action');
  const applies = recordAt(json.appliesTo ?? undefined);
  const groups = json.memberOf ?? [];
  if (!Array.isArray(groups)) return refuse('has a list of groups that cannot be read');
  const parents = groups.map((group: unknown) => {
    if (!isRecord(group) || typeof group.id !== 'string') return refuse('has an action group that cannot be read');
    return new EntityUid(typeof group.type === 'string' ? actionTypeName(group.type, place) : ownType, group.id);
  });
  return {
    uid: new EntityUid(ownType, id),
    parents,
    principals: new Set(textsAt(applies.principalTypes).map((name) => entityName(name, place))),
    resources: new Set(textsAt(applies.resourceTypes).map((name) => entityName(name, place))),
    context: applies.context === undefined ? EMPTY_RECORD : resolveRecord(applies.context, place.names, place.namespace),
  };
}

/** `Action` alone means the namespace's own actions. */
const actionTypeName = (type: string, place: Place): string => (type === 'Action' ? qualify(place.namespace, 'Action') : type);
