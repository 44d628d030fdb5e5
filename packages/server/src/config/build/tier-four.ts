/** Tier 4 always needs a human: for every change that such an agent could ask for, a gate must hold whatever the request says. */
import { EntityUid, type Environment, scopeMatches, SetValue } from '@countersign/kernel/cedar';
import { type CompiledBundle } from '@countersign/kernel/decide';
import { holds } from '../cases/examine.ts';
import type { Findings } from '../finding.ts';
import type { AgentFile } from '../schema/agent.ts';
import type { Parsed } from '../schema/parse.ts';

const CHANGING: ReadonlySet<string | null> = new Set(['mutate-low', 'mutate-high']);

/** `tools`: ids of the declared ones. What a tool is called with is no part of the question, so any of them may be asked for. */
export function checkTierFour(
  agents: readonly Parsed<AgentFile>[],
  tools: readonly string[],
  bundle: CompiledBundle,
  findings: Findings,
): void {
  for (const agent of agents.filter(({ value }) => value.tier === 4)) {
    const { id, repositories } = agent.value;
    const things = [
      ...repositories.map((name) => new EntityUid(`${bundle.namespace}::Repository`, name)),
      ...tools.map((name) => new EntityUid(`${bundle.namespace}::Tool`, name)),
      // Any program: none is registered.
      new EntityUid(`${bundle.namespace}::Command`, 'any'),
    ];
    const open = things.flatMap((thing) => ungated(bundle, id, thing));
    if (open.length === 0) continue;
    findings.error(agent.at('tier'), {
      code: 'agent.tier-four',
      message: `No gate asks a human whenever \`${agent.value.id}\`, of tier 4, asks for ${[...new Set(open)].slice(0, 5).join(', ')}.`,
      hint: 'a gate with the condition `principal.tier >= 4` and no other',
    });
  }
}

function ungated(bundle: CompiledBundle, agent: string, resource: EntityUid): string[] {
  const principal = new EntityUid(`${bundle.namespace}::Agent`, agent);
  // Nothing is known of the request but that nobody approved it: a condition that needs more fails here, and does not count.
  const context = new Map([['approvals', new SetValue([])]]);
  const actions = [...bundle.actions.values()].filter(
    ({ actionClass, checker }) =>
      CHANGING.has(actionClass) && checker.action.principals.has(principal.type) && checker.action.resources.has(resource.type),
  );
  return actions
    .filter(({ checker }) => {
      const entities = bundle.store;
      const env: Environment = {
        principal,
        action: checker.action.uid,
        resource,
        context,
        entities,
        principalData: entities.find(principal.key),
        resourceData: entities.find(resource.key),
      };
      return !bundle.index
        .ofAction(env.action.key)
        .some(
          (layered) =>
            layered.layer === 'gate' &&
            !layered.shadow &&
            scopeMatches(layered.policy.principal, principal, env.principalData?.ancestors) &&
            scopeMatches(layered.policy.resource, resource, env.resourceData?.ancestors) &&
            holds(layered, env) === 'holds',
        );
    })
    .map(({ id }) => id);
}
