/** Entity records of the bundle and of a request's facts, checked against the schema. */
import type { EntityRecord } from '../action/index.ts';
import { isRecord } from '../json.ts';
import {
  type Convert,
  type ConvertMember,
  convertMember,
  convertMembers,
  convertText,
  converterOf,
  newWalk,
  pointerOf,
} from './convert.ts';
import type { EntityType, Schema } from './schema.ts';
import type { StoredEntity } from './store.ts';
import { EntityUid, type Value } from './value.ts';

/** Reads one record; a string says what is wrong with it. */
export type ReadEntity = (record: EntityRecord) => StoredEntity | string;

interface EntityReader {
  readonly type: EntityType;
  readonly members: readonly ConvertMember[];
  readonly tag: Convert | undefined;
}

const NO_TAGS: ReadonlyMap<string, Value> = new Map();

function readTags(json: unknown, tag: Convert | undefined): ReadonlyMap<string, Value> | string {
  if (json === undefined) return NO_TAGS;
  if (tag === undefined || !isRecord(json)) return 'has tags, which its type does not have';
  const tags = new Map<string, Value>();
  const walk = newWalk(false);
  for (const [name, value] of Object.entries(json)) {
    const converted = tag(value, walk);
    if (converted === undefined) return `has a tag that ${walk.problem}`;
    tags.set(name, converted);
  }
  return tags;
}

function readParents(parents: unknown, type: EntityType): EntityUid[] | string {
  if (!Array.isArray(parents)) return 'has no list of parents';
  const uids: EntityUid[] = [];
  for (const parent of parents as readonly unknown[]) {
    if (!isRecord(parent) || typeof parent.type !== 'string' || typeof parent.id !== 'string')
      return 'has a parent that cannot be read';
    if (!type.parents.has(parent.type))
      return `has a parent of type ${parent.type.slice(0, 100)}, which the schema does not allow`;
    uids.push(new EntityUid(parent.type, parent.id));
  }
  return uids;
}

export function entityReader(schema: Schema): ReadEntity {
  const idsOf = (type: string) => schema.entityTypes.get(type)?.ids;
  const readers = new Map<string, EntityReader>();
  for (const [name, type] of schema.entityTypes) {
    const members = [...type.shape.members].map(([member, memberType]) => convertMember(member, memberType, idsOf));
    readers.set(name, { type, members, tag: type.tags === undefined ? undefined : converterOf(type.tags, idsOf) });
  }
  return (record) => {
    const { uid, parents, attrs, tags: tagsJson }: EntityRecord & { readonly tags?: unknown } = record;
    const reader = isRecord(uid) ? readers.get(uid.type) : undefined;
    if (reader === undefined) return 'has a type that the schema does not have';
    const walk = newWalk(false);
    if (convertText(uid.id, walk) === undefined) return `has an id that ${walk.problem}`;
    if (reader.type.ids !== undefined && !reader.type.ids.has(uid.id)) return 'is not one of the ids of its type';
    const above = readParents(parents, reader.type);
    if (typeof above === 'string') return above;
    const values = new Map<string, Value>();
    if (!convertMembers(attrs, reader.members, values, walk)) return `is wrong: ${pointerOf(walk, '/attrs')} ${walk.problem}`;
    const tags = readTags(tagsJson, reader.tag);
    if (typeof tags === 'string') return tags;
    return { uid: new EntityUid(uid.type, uid.id), parents: above, attrs: values, tags };
  };
}

/** Actions are entities too: policies may ask whether one is in a group. */
export function actionEntities(schema: Schema): StoredEntity[] {
  return [...schema.actions.values()].map(({ uid, parents }) => ({ uid, parents, attrs: NO_TAGS, tags: NO_TAGS }));
}
