/** Entities with their ancestor closures: immutable, one store per revision, and a thin layer over it per request. */
import { closuresOf } from './closure.ts';
import type { EntityData, EntityView } from './environment.ts';
import type { EntityUid, RecordValue } from './value.ts';

export interface StoredEntity {
  readonly uid: EntityUid;
  readonly parents: readonly EntityUid[];
  readonly attrs: RecordValue;
  readonly tags: RecordValue;
}

export type StoreProblem = 'duplicate' | 'cycle' | 'moved';

const nodesOf = (entities: readonly StoredEntity[]) =>
  entities.map(({ uid, parents }) => ({ key: uid.key, parents: parents.map((parent) => parent.key) }));

function dataOf(entity: StoredEntity, ancestors: ReadonlySet<string>): EntityData {
  return { uid: entity.uid, attrs: entity.attrs, tags: entity.tags, ancestors };
}

export class EntityStore implements EntityView {
  readonly #byKey: ReadonlyMap<string, EntityData>;
  /** Keys that are somebody's ancestor. */
  readonly #above: ReadonlySet<string>;

  private constructor(byKey: ReadonlyMap<string, EntityData>) {
    this.#byKey = byKey;
    const above = new Set<string>();
    for (const { ancestors } of byKey.values()) for (const key of ancestors) above.add(key);
    this.#above = above;
  }

  /** A store of these entities, or why there cannot be one. */
  static of(entities: readonly StoredEntity[]): EntityStore | StoreProblem {
    const closures = closuresOf(nodesOf(entities));
    if (closures === undefined) return 'cycle';
    if (closures.size !== entities.length) return 'duplicate';
    return new EntityStore(
      new Map(entities.map((entity) => [entity.uid.key, dataOf(entity, closures.get(entity.uid.key) ?? new Set())])),
    );
  }

  find(key: string): EntityData | undefined {
    return this.#byKey.get(key);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /**
   * This store with entities laid over it. One that is already here is replaced; if other entities lie below it, it must keep its ancestors
   * (`moved` otherwise), because their closures were computed with them.
   */
  withOverlay(entities: readonly StoredEntity[]): EntityView | StoreProblem {
    if (entities.length === 0) return this;
    const closures = entities.length === 1 ? this.#closureOfOne(entities[0] as StoredEntity) : this.#closuresOf(entities);
    if (closures === undefined) return 'cycle';
    if (closures.size !== entities.length) return 'duplicate';
    const layer = new Map<string, EntityData>();
    for (const entity of entities) {
      const { key } = entity.uid;
      const ancestors = closures.get(key) ?? new Set<string>();
      if (this.#above.has(key) && !isSameSet(this.#byKey.get(key)?.ancestors ?? new Set(), ancestors)) return 'moved';
      layer.set(key, dataOf(entity, ancestors));
    }
    return new Overlay(this.#byKey, layer);
  }

  #closuresOf(entities: readonly StoredEntity[]): Map<string, ReadonlySet<string>> | undefined {
    return closuresOf(nodesOf(entities), (key) => this.#byKey.get(key)?.ancestors);
  }

  /** The common overlay, one path or task, needs no search. */
  #closureOfOne(entity: StoredEntity): Map<string, ReadonlySet<string>> | undefined {
    const ancestors = new Set<string>();
    for (const { key } of entity.parents) {
      ancestors.add(key);
      for (const above of this.#byKey.get(key)?.ancestors ?? []) ancestors.add(above);
    }
    return ancestors.has(entity.uid.key) ? undefined : new Map([[entity.uid.key, ancestors]]);
  }
}

class Overlay implements EntityView {
  readonly #base: ReadonlyMap<string, EntityData>;
  readonly #layer: ReadonlyMap<string, EntityData>;

  constructor(base: ReadonlyMap<string, EntityData>, layer: ReadonlyMap<string, EntityData>) {
    this.#base = base;
    this.#layer = layer;
  }

  find(key: string): EntityData | undefined {
    return this.#layer.get(key) ?? this.#base.get(key);
  }
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const key of a) if (!b.has(key)) return false;
  return true;
}
