/** Why content goes nowhere. Names rules and counts, never what was found. */
import type { FaultCode } from '@countersign/kernel/fault';

export interface ContentProblem {
  readonly code: Extract<FaultCode, 'data.found' | 'data.unscannable'>;
  /** Public text. */
  readonly message: string;
}

/** @param what `request`, `answer` @param rules as `Tally.denial` says them */
export const found = (what: string, rules: string): ContentProblem => ({
  code: 'data.found',
  message: `There is something in the ${what} that must not pass: ${rules}.`,
});

export const unscannable = (what: string): ContentProblem => ({
  code: 'data.unscannable',
  message: `The ${what} could not be judged whole, so it goes nowhere.`,
});
