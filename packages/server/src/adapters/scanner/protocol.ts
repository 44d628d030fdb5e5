/** What goes between a door's thread and a scanning worker. */
import type { Profile, Redacted, Scanned } from '@countersign/kernel/redact';

export interface Job {
  readonly id: number;
  readonly what: 'scan' | 'redact';
  readonly text: string;
  readonly profile: Profile;
  /** Match in linear time: the second attempt. */
  readonly isLinear: boolean;
}

export interface Answer {
  readonly id: number;
  readonly result?: Scanned | Redacted;
  /** Name of the error that ended the job; never its text, which could quote what was scanned. */
  readonly error?: string;
}
