/** The scanner as doors see it: one text at a time within a deadline, or a stream. What it cannot judge it says, and the door denies. */
import type { Profile, Redacted, Scanned, StreamRedactor } from '@countersign/kernel/redact';

export interface ScanTerms {
  readonly profile: Profile;
  /** Milliseconds for this text, more where the machine is busy; without it, by its length. Past it the text is `unscannable`. */
  readonly deadlineMs?: number;
}

export interface Scanner {
  /** SHA-256 of the rule set: part of what is recorded of a decision that rests on a scan. */
  readonly digest: string;
  /** Never rejects: a worker that dies or stalls makes the text `unscannable`. */
  scan(text: string, terms: ScanTerms): Promise<Scanned>;
  /** As `scan`. The text of what is `unscannable` for its deadline is empty. */
  redact(text: string, terms: ScanTerms): Promise<Redacted>;
  /** Runs in the caller's turn: chunks are what one read brings. @param restores values to put back for placeholders of ours */
  stream(profile: Profile, restores?: ReadonlyMap<string, string>): StreamRedactor;
  /** The same for JSON text in fragments. */
  jsonStream(profile: Profile, restores?: ReadonlyMap<string, string>): StreamRedactor;
  close(): Promise<void>;
}
