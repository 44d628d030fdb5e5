/**
 * What an ending costs. Released only when it is known that nothing was sent or that the provider answered without usage; reported usage
 * where there is some; what passed where all output was visible; else all that was reserved.
 */
import type { BodyFacts } from '@countersign/kernel/route';
import type { Mutable } from '../../ports/mutable.ts';
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

type Status = Act<Ending>['status'];
/** Without the members that only some endings have; those are put in afterwards, so that all acts have the same few shapes. */
type Made = Mutable<Act<Ending>>;

const made = (value: Ending, status: Status, charge: Act<Ending>['charge'], cost?: CostRecord): Made =>
  cost === undefined ? { value, status, charge } : { value, status, charge, cost };

export function settle(ending: Ending, terms: SettleTerms): Act<Ending> {
  switch (ending.kind) {
    case 'complete':
      return spent(ending, 'done', ending.metered, terms);
    case 'failed-inside':
      return coded(spent(ending, 'failed', ending.metered, terms), 'upstream.unavailable');
    case 'withheld':
    case 'broken':
      return coded(spent(ending, 'failed', ending.metered, terms), ending.trouble.code);
    case 'cancelled':
      return ending.sent ? cancelled(ending, ending.metered, terms) : made(ending, 'released', 'none');
    case 'nothing':
      return coded(nothing(ending, terms), ending.trouble.code);
  }
}

function coded(act: Made, code: string): Made {
  act.code = code;
  return act;
}

function spent(ending: Ending, status: Status, metered: Metered, terms: SettleTerms): Made {
  const act = spentOf(ending, status, metered, terms);
  if (metered.upstream !== undefined) act.upstream = metered.upstream;
  return act;
}

function spentOf(ending: Ending, status: Status, metered: Metered, terms: SettleTerms): Made {
  const { model, estimate } = terms;
  if (terms.counts) return made(ending, status, { requests: 1 });
  if (metered.usage !== undefined && metered.complete) {
    const cost = reportedCost(model, metered.usage);
    return made(ending, status, chargeOf(cost), cost);
  }
  const cost = countedCost(model, estimate.inputTokens, metered.outputBytes, metered.usage);
  return hidesReasoning(terms) ? inFull(ending, status, cost, terms) : made(ending, status, chargeOf(cost), cost);
}

/** Before the first byte nobody knows what was made; later it is what passed. */
function cancelled(ending: Ending, metered: Metered, terms: SettleTerms): Made {
  if (terms.counts) return made(ending, 'cancelled', { requests: 1 });
  if (metered.usage !== undefined || metered.outputBytes > 0) return spent(ending, 'cancelled', metered, terms);
  return inFull(ending, 'cancelled', countedCost(terms.model, terms.estimate.inputTokens, 0, undefined), terms);
}

function nothing(ending: Extract<Ending, { kind: 'nothing' }>, terms: SettleTerms): Made {
  const { failure } = ending;
  if (failure !== undefined && !failure.sent) return made(ending, 'released', 'none');
  // The provider answered, and billed nothing.
  if (failure === undefined && (ending.status < 200 || ending.status > 299)) return made(ending, 'failed', 'none');
  if (terms.counts) return made(ending, 'failed', { requests: 1 });
  return inFull(ending, 'unknown', countedCost(terms.model, terms.estimate.inputTokens, 0, undefined), terms);
}

function inFull(ending: Ending, status: Status, cost: CostRecord, terms: SettleTerms): Made {
  const reserved = terms.granted.microUsd ?? terms.estimate.microUsd;
  return made(ending, status, 'full', { ...cost, microUsd: Math.max(cost.microUsd, reserved) });
}

/** True when output may have been billed that never passed. */
function hidesReasoning({ model, facts, format }: SettleTerms): boolean {
  if (!model.capabilities.reasoning || facts.reasoningOff) return false;
  return format === 'messages' ? facts.needs.includes('reasoning') : true;
}
