/** A denial that teaches: what was decided, why, under which policy, what would be allowed instead, and who may lift it. */
import type { Decision, Reason } from '@countersign/kernel/decide';
import { type FaultCode, FAULTS } from '@countersign/kernel/fault';
import type { BudgetLine } from '../ports/road-store.ts';
import type { Denial, DenialKind } from '../ports/road.ts';

const KINDS: readonly (readonly [string, DenialKind])[] = [
  ['identity.killed', 'killed'],
  ['identity.', 'identity'],
  ['mandate.missing', 'policy'],
  ['budget.', 'budget'],
  ['approval.', 'approval'],
  ['loop.', 'loop'],
  ['store.', 'store'],
  ['bundle.missing', 'store'],
  ['request.', 'request'],
  ['model.', 'request'],
  ['tool.', 'request'],
];

export function kindOf(code: string): DenialKind {
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'policy';
}

export interface Ids {
  readonly decision: string;
  readonly requestId: string;
}

/** A refusal that no policy spoke: identity, store, malformed requests. */
export function plainDenial(ids: Ids, code: FaultCode, message: string): Denial {
  return { kind: kindOf(code), ...ids, code, message, reasons: [{ code, message }], whyNot: [] };
}

/** The decision behind a refusal that the kernel was not asked about. */
export const plainDecision = (code: string, reasons: readonly Reason[], revision: string): Decision => ({
  answer: 'deny',
  code,
  reasons,
  gates: [],
  obligations: [],
  policies: [],
  errors: [],
  shadow: [],
  whyNot: [],
  actionClass: null,
  revision,
});

/** The same sentence for log, client and approver, so that they can talk about it. */
function sentence(decision: Decision, [first]: readonly Reason[]): string {
  if (first !== undefined) return first.message;
  if (decision.code in FAULTS) return `${FAULTS[decision.code as FaultCode].title}.`;
  return 'This is not allowed.';
}

const policyKind = ({ answer, code }: Decision): DenialKind => {
  if (answer === 'requireApproval') return 'approval';
  return kindOf(code) === 'request' ? 'request' : 'policy';
};

/** @param grounds what the door's own rules say; see `Ask` */
export function policyDenial(ids: Ids, decision: Decision, grounds: readonly Reason[] = []): Denial {
  const reasons = decision.reasons.flatMap((reason) => [...grounds.filter(({ code }) => code === reason.code), reason]);
  const lift: Reason | undefined = reasons.find((reason) => reason.escalate !== undefined) ?? reasons[0];
  const instead = grounds.find((ground) => ground === reasons[0])?.instead ?? lift?.instead;
  const whyNot = decision.whyNot[0];
  const nearest = whyNot === undefined ? '' : ` The nearest rule, ${whyNot.policy}, asks for: ${whyNot.failed.join('; ')}.`;
  return {
    kind: policyKind(decision),
    ...ids,
    code: decision.answer === 'requireApproval' ? 'approval.required' : decision.code,
    message: `${sentence(decision, reasons)}${nearest}`,
    reasons,
    whyNot: decision.whyNot,
    ...(instead === undefined ? {} : { instead }),
    ...(lift?.escalate === undefined
      ? {}
      : { escalate: { group: lift.escalate, ...(lift.link === undefined ? {} : { link: lift.link }) } }),
  };
}

export function budgetDenial(ids: Ids, line: BudgetLine, left: number, reason: 'exceeded' | 'missing'): Denial {
  const what = line.unit === 'microUsd' ? `${(left / 1e6).toFixed(6)} USD` : `${left} ${line.unit}`;
  const message =
    reason === 'missing'
      ? 'No budget covers this, and without one nothing is spent.'
      : `The ${line.window === 'life' ? '' : `${line.window} `}budget of ${line.scope} has ${what} left, which is not enough.`;
  return {
    kind: 'budget',
    ...ids,
    code: `budget.${reason}`,
    message,
    reasons: [{ code: `budget.${reason}`, message }],
    whyNot: [],
    instead:
      line.window === 'life' ? 'a smaller request, or a wider budget' : `a smaller request, or wait for the next ${line.window}`,
    escalate: { group: line.raise },
  };
}
