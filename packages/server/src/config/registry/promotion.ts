/** Autonomy grows one tier at a time, with evidence, by a person who does not answer for the agent. */
import type { AgentRecord } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import type { AgentFile } from '../schema/agent.ts';
import type { Parsed } from '../schema/parse.ts';

export interface PromotionNote {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  readonly evidence: readonly string[];
  readonly approvedBy: string;
}

/** An agent that the revision in force does not know begins here: a new name is no way around a promotion. */
const FIRST_TIER = 1;

/**
 * Compares with the agents in force; undefined means that nothing is in force yet, and tiers are taken as they stand.
 * @returns the promotions that applying this directory would record
 */
export function checkPromotions(
  agents: readonly Parsed<AgentFile>[],
  inForce: ReadonlyMap<string, AgentRecord> | undefined,
  findings: Findings,
): readonly PromotionNote[] {
  if (inForce === undefined) return [];
  const notes: PromotionNote[] = [];
  for (const agent of agents) {
    const { id, tier, promotion } = agent.value;
    const before = inForce.get(id)?.tier ?? FIRST_TIER;
    if (tier <= before) continue;
    const steps = `from tier ${before} to tier ${tier}`;
    if (tier > before + 1) {
      findings.error(agent.at('tier'), {
        code: 'agent.promotion-step',
        message: `\`${id}\` would go ${steps}; tiers rise one at a time.`,
        hint: `apply tier ${before + 1} first`,
      });
    } else if (promotion === undefined) {
      findings.error(agent.at('tier'), {
        code: 'agent.promotion-missing',
        message: `\`${id}\` would go ${steps} without a recorded promotion.`,
        hint: `promotion: {from: ${before}, to: ${tier}, evidence: [...], approvedBy: <a person of the approval group who is not the owner>}`,
      });
    } else if (promotion.from !== before) {
      findings.error(agent.at('promotion', 'from'), {
        code: 'agent.promotion',
        message: `The promotion begins at tier ${promotion.from}, but \`${id}\` has tier ${before} in force.`,
      });
    } else {
      notes.push({ agent: id, from: before, to: tier, evidence: promotion.evidence, approvedBy: promotion.approvedBy });
    }
  }
  return notes;
}
