/** Which policies a request touches: those whose scope matches, and whether their conditions hold. The kernel's answer shows only those that decided. */
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import {
  conditionsHold,
  type EntityStore,
  EntityUid,
  type EntityView,
  type Environment,
  EvaluationFailure,
  scopeMatches,
} from '@countersign/kernel/cedar';
import type { CompiledBundle } from '@countersign/kernel/decide';

export type Layered = ReturnType<CompiledBundle['index']['ofAction']>[number];
export type Held = 'holds' | 'holds-not' | 'fails';

export interface Touched {
  readonly layered: Layered;
  readonly held: Held;
}

/** Undefined for a request that the kernel refuses before it looks at policies. */
export function environmentFor(bundle: CompiledBundle, facts: Facts, request: ActionRequest): Environment | undefined {
  const action = bundle.actions.get(request.action);
  const checked = action?.checker.check(request.args, facts.context);
  const entities = viewOf(bundle, facts);
  if (action === undefined || checked === undefined || 'problem' in checked || entities === undefined) return undefined;
  const principal = new EntityUid(request.principal.type, request.principal.id);
  const resource = new EntityUid(request.resource.type, request.resource.id);
  return {
    principal,
    action: action.checker.action.uid,
    resource,
    context: checked.context,
    entities,
    principalData: entities.find(principal.key),
    resourceData: entities.find(resource.key),
  };
}

function viewOf(bundle: CompiledBundle, facts: Facts): EntityView | undefined {
  const store: EntityStore = bundle.store;
  const entities = [];
  for (const record of facts.entities ?? []) {
    const entity = bundle.readEntity(record);
    if (typeof entity === 'string') return undefined;
    entities.push(entity);
  }
  const view = store.withOverlay(entities);
  return typeof view === 'string' ? undefined : view;
}

export function touchedBy(bundle: CompiledBundle, env: Environment): readonly Touched[] {
  return bundle.index
    .ofAction(env.action.key)
    .filter(
      ({ policy }) =>
        scopeMatches(policy.principal, env.principal, env.principalData?.ancestors) &&
        scopeMatches(policy.resource, env.resource, env.resourceData?.ancestors),
    )
    .map((layered) => ({ layered, held: holds(layered, env) }));
}

export function holds({ policy }: Layered, env: Environment): Held {
  try {
    return conditionsHold(policy.conjuncts, env) ? 'holds' : 'holds-not';
  } catch (thrown) {
    if (thrown instanceof EvaluationFailure) return 'fails';
    throw thrown;
  }
}
