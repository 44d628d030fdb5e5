/** The five governance questions, answered from the reasons of an admission decision. */
import type { Reason } from '@countersign/kernel/decide';
import type { AdmissionAnswer } from '../ports/tasks.ts';

type Question = AdmissionAnswer['question'];

const TEXTS: Readonly<Record<Question, string>> = {
  repository: 'May this agent change this repository?',
  capabilities: 'Does the scope match its capabilities?',
  budget: 'Is the estimated cost within budget?',
  autonomy: 'May this module be changed autonomously?',
  human: 'Does this class of change need a human?',
};

/** Reason codes by their first part; what fits nowhere is about the permission itself. */
const BY_PREFIX: readonly (readonly [string, Question])[] = [
  ['budget.', 'budget'],
  ['capability.', 'capabilities'],
  ['mandate.', 'capabilities'],
  ['tier.', 'capabilities'],
  ['module.', 'autonomy'],
  ['repo.frozen', 'autonomy'],
  ['freeze.', 'autonomy'],
  ['approval.module', 'autonomy'],
  ['approval.', 'human'],
];

export const questionOf = (code: string): Question => BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'repository';

/**
 * @param gates reason codes that mean "needs approval" rather than "no"
 */
export function fiveAnswers(reasons: readonly Reason[], gates: ReadonlySet<string>): readonly AdmissionAnswer[] {
  return (Object.keys(TEXTS) as Question[]).map((question) => {
    const mine = reasons.filter((reason) => questionOf(reason.code) === question);
    const refused = mine.some((reason) => !gates.has(reason.code));
    const answer = mine.length === 0 ? 'yes' : refused ? 'no' : 'needs-approval';
    const inverted = question === 'human' && answer === 'yes' ? 'no' : answer;
    return { question, text: TEXTS[question], answer: inverted, reasons: mine.map((reason) => reason.message) };
  });
}
