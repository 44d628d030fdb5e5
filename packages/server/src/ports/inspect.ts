/** Reads text on its way through a door: what it is allowed to look at is what the door shows it, and what it changes explains itself. */

import type { DataClass } from './registry.ts';

/** `argument` goes out to a server; `result` and `elicitation` come back from one. */
export type InspectPlace = 'argument' | 'result' | 'elicitation';

export interface Finding {
  /** Rule id: `aws-access-key`, `bidi-control`. */
  readonly rule: string;
  /** Data class that the finding raises its text to; `none` where it was taken out. */
  readonly raises: 'none' | 'confidential' | 'restricted';
}

export interface Inspected {
  /** The same string where nothing was taken out. A redaction says what it replaced: `[REDACTED:aws-access-key:3f2a]`. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

export interface Inspector {
  /**
   * @param clearance highest class that whoever reads the text may see; without it, nothing is taken out for being above it
   * @throws Fault data.* when the text cannot be judged in time, or holds what is denied in this place; it then goes nowhere
   */
  inspect(text: string, place: InspectPlace, clearance?: DataClass): Inspected | Promise<Inspected>;
}
