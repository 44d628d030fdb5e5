/** Types of attributes and contexts, names resolved the way Cedar does: the namespace's own first, common types before entities. */
import { Fault } from '../fault.ts';
import { isRecord } from '../json.ts';

const EXTENSION_TYPES = ['decimal', 'datetime', 'duration', 'ipaddr'] as const;
export type ExtensionName = (typeof EXTENSION_TYPES)[number];

export type SchemaType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'long' }
  | { readonly kind: 'string' }
  | { readonly kind: 'entity'; readonly name: string }
  | { readonly kind: 'extension'; readonly name: ExtensionName }
  | { readonly kind: 'set'; readonly element: SchemaType }
  | RecordType;

export interface RecordType {
  readonly kind: 'record';
  readonly members: ReadonlyMap<string, MemberType>;
}

export interface MemberType {
  readonly type: SchemaType;
  readonly required: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface TypeNames {
  readonly common: ReadonlyMap<string, { readonly json: unknown; readonly namespace: string }>;
  readonly entities: ReadonlySet<string>;
  /** `Action` of every namespace that has actions: a type of attributes, but not of principals, resources and parents. */
  readonly actions: ReadonlySet<string>;
  /** Nesting of types after common types were put in; also what stops a common type that contains itself. */
  readonly depthMax: number;
  /** Common types that were resolved before, so that one that is named often is worked out once. */
  readonly resolved: Map<string, SchemaType>;
}

interface Place {
  readonly names: TypeNames;
  readonly namespace: string;
  readonly depth: number;
}

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', `The schema ${what}.`);
};

export function resolveType(json: unknown, names: TypeNames, namespace: string): SchemaType {
  return typeAt(json, { names, namespace, depth: 0 });
}

/** A type that must be a record: an entity's shape, an action's context. */
export function resolveRecord(json: unknown, names: TypeNames, namespace: string): RecordType {
  const type = resolveType(json, names, namespace);
  return type.kind === 'record' ? type : refuse('has a shape or context that is not a record');
}

/** Words of the JSON form itself: they mean this whatever else bears these names, which by name can hide them. */
const WORDS: ReadonlyMap<string, SchemaType> = new Map([
  ['String', { kind: 'string' }],
  ['Long', { kind: 'long' }],
  ['Boolean', { kind: 'boolean' }],
]);

function typeAt(json: unknown, place: Place): SchemaType {
  const { depthMax } = place.names;
  if (place.depth > depthMax) return refuse(`nests types more than ${depthMax} levels deep`);
  if (!isRecord(json) || typeof json.type !== 'string') return refuse('has a type that cannot be read');
  const inner = { ...place, depth: place.depth + 1 };
  switch (json.type) {
    case 'Set':
      return { kind: 'set', element: typeAt(json.element, inner) };
    case 'Record':
      return recordAt(json, inner);
    case 'Entity':
      return { kind: 'entity', name: entityAt(textOf(json.name), place) };
    case 'EntityOrCommon':
      return namedAt(textOf(json.name), inner);
    case 'Extension':
      return builtin(textOf(json.name)) ?? refuse('names an extension type that does not exist');
    default:
      return WORDS.get(json.type) ?? namedAt(json.type, inner);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : refuse('has a name that is not text'));

function recordAt(json: Readonly<Record<string, unknown>>, place: Place): RecordType {
  if (json.additionalAttributes === true) return refuse('has an open record');
  const members = new Map<string, MemberType>();
  for (const [name, member] of Object.entries(isRecord(json.attributes) ? json.attributes : {})) {
    if (!isRecord(member)) return refuse('has an attribute that cannot be read');
    const annotations = isRecord(member.annotations) ? member.annotations : {};
    members.set(name, {
      type: typeAt(member, place),
      required: member.required !== false,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [key, typeof value === 'string' ? value : '']),
      ),
    });
  }
  return { kind: 'record', members };
}

const candidatesOf = (name: string, namespace: string): string[] =>
  namespace === '' || name.startsWith('__cedar::') ? [name] : [`${namespace}::${name}`, name];

const isEntityType = (name: string, { entities, actions }: TypeNames): boolean => entities.has(name) || actions.has(name);

function commonAt(name: string, place: Place): SchemaType | undefined {
  const { common, resolved } = place.names;
  const found = common.get(name);
  if (found === undefined) return undefined;
  const type = resolved.get(name) ?? typeAt(found.json, { ...place, namespace: found.namespace });
  resolved.set(name, type);
  return type;
}

function entityAt(name: string, { names, namespace }: Place): string {
  const found = candidatesOf(name, namespace).find((candidate) => isEntityType(candidate, names));
  return found ?? refuse(`names an entity type that it does not have (${name.slice(0, 100)})`);
}

function namedAt(name: string, place: Place): SchemaType {
  for (const candidate of candidatesOf(name, place.namespace)) {
    const common = commonAt(candidate, place);
    if (common !== undefined) return common;
    if (isEntityType(candidate, place.names)) return { kind: 'entity', name: candidate };
  }
  return builtin(name) ?? refuse(`names a type that it does not have (${name.slice(0, 100)})`);
}

function builtin(name: string): SchemaType | undefined {
  const bare = name.startsWith('__cedar::') ? name.slice('__cedar::'.length) : name;
  if (bare === 'String') return { kind: 'string' };
  if (bare === 'Long') return { kind: 'long' };
  if (bare === 'Bool' || bare === 'Boolean') return { kind: 'boolean' };
  const extension = EXTENSION_TYPES.find((type) => type === bare);
  return extension === undefined ? undefined : { kind: 'extension', name: extension };
}
