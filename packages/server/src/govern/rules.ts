/** What the road adds to the kernel's answer: denials that repeat, duties that the door does not know, money that no budget covers. */
import type { Ask, GovernAsk } from '../ports/road.ts';
import type { Judgement, Overrule } from './judge.ts';
import type { LoopWatch } from './loop.ts';

/** @param acts false where nobody acts on an allow through this road */
export function withRoadRules(denials: LoopWatch, ask: Ask & Partial<GovernAsk>, judgement: Judgement, acts: boolean): Judgement {
  if (judgement.overrule !== undefined) return judgement;
  const overrule = overruleOf(denials, ask, judgement, acts);
  return overrule === undefined ? judgement : { ...judgement, overrule };
}

function overruleOf(
  denials: LoopWatch,
  ask: Ask & Partial<GovernAsk>,
  judgement: Judgement,
  acts: boolean,
): Overrule | undefined {
  if (judgement.decision.answer === 'deny') return deniedAgain(denials, ask, judgement);
  if (judgement.decision.answer !== 'allow' || !acts) return undefined;
  return unknownDuty(ask, judgement) ?? uncovered(ask, judgement);
}

/** An agent that runs into the same wall again and again is told so. */
function deniedAgain(
  denials: LoopWatch,
  { caller, action, resource }: Ask,
  { decision, snapshot, nowMs }: Judgement,
): Overrule | undefined {
  const run = caller.mandate?.task ?? caller.agent.id;
  const what = `${decision.code}|${action}|${resource.id}`;
  if (!denials.tooOften({ run, what }, snapshot.settings.loop, nowMs)) return undefined;
  return { code: 'loop.detected', message: `This was denied again and again. ${decision.reasons[0]?.message ?? ''}`.trim() };
}

function unknownDuty({ knows }: Partial<GovernAsk>, { decision }: Judgement): Overrule | undefined {
  const unknown = decision.obligations.find((duty) => !(knows?.has(duty) ?? false));
  return unknown === undefined
    ? undefined
    : { code: 'obligation.unknown', message: `This door cannot keep the duty \`${unknown}\`.` };
}

function uncovered({ reserve }: Partial<GovernAsk>, { lines }: Judgement): Overrule | undefined {
  const most = Math.max(reserve?.min.microUsd ?? 0, reserve?.want.microUsd ?? 0);
  if (most === 0 || lines.some((line) => line.unit === 'microUsd')) return undefined;
  return { code: 'budget.missing', message: 'No budget covers this, and without one nothing is spent.' };
}
