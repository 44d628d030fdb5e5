/**
 * What an ending costs. Released only when it is known that nothing was sent or that the provider answered without usage; reported usage
 * where there is some; what passed where all output was visible; else all that was reserved.
 */
import type { BodyFacts } from '@countersign/kernel/route';
import type { ModelRecord, WireFormat } from '../../ports/registry.ts';
import type { Act, CostRecord } from '../../ports/road.ts';
import type { Amounts } from '../../ports/road-store.ts';
import { chargeOf, countedCost, type Estimate, reportedCost } from './price.ts';
import type { Ending, Metered } from './relay/ending.ts';

export interface SettleTerms {
  readonly model: ModelRecord;
  readonly estimate: Estimate;
  readonly granted: Amounts;
  readonly facts: BodyFacts;
  readonly format: WireFormat;
  readonly counts: boolean;
}

export function settle(ending: Ending, terms: SettleTerms): Act<Ending> {
  switch (ending.kind) {
    case 'complete':
      return { ...spent(ending.metered, terms), value: ending, status: 'done' };
    case 'failed-inside':
      return { ...spent(ending.metered, terms), value: ending, status: 'failed', code: 'upstream.unavailable' };
    case 'withheld':
    case 'broken':
      return { ...spent(ending.metered, terms), value: ending, status: 'failed', code: ending.trouble.code };
    case 'cancelled':
      return ending.sent
        ? { ...cancelled(ending.metered, terms), value: ending, status: 'cancelled' }
        : { value: ending, status: 'released', charge: 'none' };
    case 'nothing':
      return nothing(ending, terms);
  }
}

type Spent = Pick<Act<Ending>, 'charge' | 'cost' | 'upstream'>;

function spent(metered: Metered, terms: SettleTerms): Spent {
  const { model, estimate } = terms;
  const upstream = metered.upstream === undefined ? {} : { upstream: metered.upstream };
  if (terms.counts) return { charge: { requests: 1 }, ...upstream };
  if (metered.usage !== undefined && metered.complete) {
    const cost = reportedCost(model, metered.usage);
    return { charge: chargeOf(cost), cost, ...upstream };
  }
  const cost = countedCost(model, estimate.inputTokens, metered.outputBytes, metered.usage);
  return hidesReasoning(terms) ? { ...inFull(cost, terms), ...upstream } : { charge: chargeOf(cost), cost, ...upstream };
}

/** Before the first byte nobody knows what was made; later it is what passed. */
function cancelled(metered: Metered, terms: SettleTerms): Spent {
  if (terms.counts) return { charge: { requests: 1 } };
  if (metered.usage !== undefined || metered.outputBytes > 0) return spent(metered, terms);
  return inFull(countedCost(terms.model, terms.estimate.inputTokens, 0, undefined), terms);
}

function nothing(ending: Extract<Ending, { kind: 'nothing' }>, terms: SettleTerms): Act<Ending> {
  const { failure, trouble } = ending;
  if (failure !== undefined && !failure.sent) return { value: ending, status: 'released', charge: 'none', code: trouble.code };
  // The provider answered, and billed nothing.
  if (failure === undefined && (ending.status < 200 || ending.status > 299))
    return { value: ending, status: 'failed', charge: 'none', code: trouble.code };
  if (terms.counts) return { value: ending, status: 'failed', charge: { requests: 1 }, code: trouble.code };
  const cost = countedCost(terms.model, terms.estimate.inputTokens, 0, undefined);
  return { ...inFull(cost, terms), value: ending, status: 'unknown', code: trouble.code };
}

function inFull(cost: CostRecord, terms: SettleTerms): Spent {
  const reserved = terms.granted.microUsd ?? terms.estimate.microUsd;
  return { charge: 'full', cost: { ...cost, microUsd: Math.max(cost.microUsd, reserved) } };
}

/** True when output may have been billed that never passed. */
function hidesReasoning({ model, facts, format }: SettleTerms): boolean {
  if (!model.capabilities.reasoning || facts.reasoningOff) return false;
  return format === 'messages' ? facts.needs.includes('reasoning') : true;
}
