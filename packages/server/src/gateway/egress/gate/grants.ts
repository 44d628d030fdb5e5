/** An approval of an unfamiliar host becomes a grant for a while, so that the next request of the same task does not ask again. */
import { isoTime } from '../../../ports/clock.ts';
import type { EgressSettings } from '../../../ports/egress-settings.ts';
import type { Allowed } from '../../../ports/road.ts';
import type { GrantTerms } from './ask.ts';
import type { GateDeps } from './deps.ts';
import type { Known } from './known.ts';
import type { Plan } from './plan.ts';

interface Where {
  readonly run: string;
  readonly task: string | null;
  readonly repository: string | null;
}

/** As far as the settings say, and no farther than what the run belongs to. */
export function termsOf({ scope, ttlMs }: EgressSettings['grant'], { run, task, repository }: Where): GrantTerms {
  if (scope === 'repository' && repository !== null) return { scope, of: repository, ttlMs };
  if (scope !== 'run' && task !== null) return { scope: 'task', of: task, ttlMs };
  return { scope: 'run', of: run, ttlMs };
}

export interface Approved {
  readonly plan: Plan;
  readonly known: Known;
  readonly allowed: Allowed;
  readonly host: string;
  readonly terms: GrantTerms;
}

/**
 * Never throws: the approval was for this request, which goes on; without the grant the next one asks again.
 * @returns id of the grant that the request rests on, an older one included
 */
export async function keepGrant(deps: GateDeps, { plan, known, allowed, host, terms }: Approved): Promise<string | undefined> {
  const asked = plan.verdict === 'unfamiliar' || plan.verdict === 'ask';
  if (!asked || known.grant !== undefined || allowed.approval === undefined) return known.grant?.id;
  try {
    const approval = await deps.approvals.find(deps.org, allowed.approval);
    const yes = approval?.verdicts.filter(({ answer }) => answer === 'approve').at(-1);
    if (yes === undefined) return undefined;
    const { id } = await deps.familiarity.grant({
      org: deps.org,
      id: deps.newId('egr'),
      scope: terms.scope,
      of: terms.of,
      host,
      methods: plan.methods,
      by: yes.approver,
      reason: yes.reason,
      approval: allowed.approval,
      decision: allowed.decision,
      expiresAt: isoTime(deps.clock.now() + terms.ttlMs),
    });
    return id;
  } catch (thrown) {
    deps.log.error('egress.grant', { host, decision: allowed.decision, error: String(thrown) });
    return undefined;
  }
}
