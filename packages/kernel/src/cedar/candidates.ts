/**
 * The scope index. For each concrete action every policy that can apply is filed under exactly one key: the rarer of its principal and resource
 * `==`/`in` entity, else its resource type, else "all". Exact, because scope clauses cannot fail: what is not found could not have matched.
 */
import type { EntityData } from './environment.ts';
import { actionMatches, type CompiledPolicy, type ScopeRule } from './policy.ts';
import type { ActionType } from './schema.ts';
import type { EntityUid } from './value.ts';

export interface Indexed {
  readonly policy: CompiledPolicy;
}

interface ActionSlices<T> {
  readonly all: T[];
  readonly byPrincipal: Map<string, T[]>;
  readonly byResource: Map<string, T[]>;
  readonly byResourceType: Map<string, T[]>;
  /** Everything that can apply to the action, in the order given. */
  readonly every: T[];
}

function scopeKey(rule: ScopeRule): string | undefined {
  if (rule.kind === 'equal' || rule.kind === 'in') return rule.entity.key;
  return rule.kind === 'is' ? rule.in?.key : undefined;
}

function countKeys<T extends Indexed>(items: readonly T[], side: 'principal' | 'resource'): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { policy } of items) {
    const key = scopeKey(policy[side]);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function file<T>(slices: Map<string, T[]>, key: string, item: T): void {
  const slice = slices.get(key);
  if (slice === undefined) slices.set(key, [item]);
  else slice.push(item);
}

function slicesOf<T extends Indexed>(items: readonly T[]): ActionSlices<T> {
  const slices: ActionSlices<T> = {
    all: [],
    byPrincipal: new Map(),
    byResource: new Map(),
    byResourceType: new Map(),
    every: [...items],
  };
  const principals = countKeys(items, 'principal');
  const resources = countKeys(items, 'resource');
  for (const item of items) {
    const principal = scopeKey(item.policy.principal);
    const resource = scopeKey(item.policy.resource);
    const isResourceRarer =
      resource !== undefined && (resources.get(resource) ?? 0) <= (principals.get(principal ?? '') ?? Infinity);
    if (isResourceRarer) file(slices.byResource, resource, item);
    else if (principal !== undefined) file(slices.byPrincipal, principal, item);
    else if (item.policy.resource.kind === 'is') file(slices.byResourceType, item.policy.resource.type, item);
    else slices.all.push(item);
  }
  return slices;
}

export class ScopeIndex<T extends Indexed> {
  readonly #byAction: ReadonlyMap<string, ActionSlices<T>>;

  constructor(items: readonly T[], actions: Iterable<ActionType>) {
    const byAction = new Map<string, ActionSlices<T>>();
    for (const { uid, ancestors } of actions) {
      byAction.set(uid.key, slicesOf(items.filter(({ policy }) => actionMatches(policy.action, uid, ancestors))));
    }
    this.#byAction = byAction;
  }

  /** Lists of policies among which is every one whose scope matches; each policy is in at most one list. */
  candidates(action: string, principal: EntityUid, resource: EntityUid, data: readonly (EntityData | undefined)[]): T[][] {
    const slices = this.#byAction.get(action);
    if (slices === undefined) return [];
    const found: T[][] = [];
    if (slices.all.length > 0) found.push(slices.all);
    const ofType = slices.byResourceType.get(resource.type);
    if (ofType !== undefined) found.push(ofType);
    collect(slices.byPrincipal, principal.key, data[0], found);
    collect(slices.byResource, resource.key, data[1], found);
    return found;
  }

  /** Every policy whose action clause matches, in the order of the bundle. */
  ofAction(action: string): readonly T[] {
    return this.#byAction.get(action)?.every ?? [];
  }
}

/** Own slice and those of the ancestors. */
function collect<T>(slices: ReadonlyMap<string, T[]>, key: string, data: EntityData | undefined, found: T[][]): void {
  if (slices.size === 0) return;
  const own = slices.get(key);
  if (own !== undefined) found.push(own);
  if (data === undefined) return;
  for (const ancestor of data.ancestors) {
    const slice = slices.get(ancestor);
    if (slice !== undefined) found.push(slice);
  }
}
