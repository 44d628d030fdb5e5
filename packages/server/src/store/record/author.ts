/** How the store writes its own entries: the envelope, and ids that the ledger accepts. */
import { ledgerId } from '@countersign/kernel/ledger';
import { type Clock, isoTime } from '../../ports/clock.ts';

export interface Author {
  readonly clock: Clock;
  /** UUIDv7 with dashes. */
  readonly newEntryId: () => string;
}

export interface Envelope {
  readonly v: 1;
  readonly org: string;
  readonly id: string;
  readonly ts: string;
}

export const envelope = ({ clock, newEntryId }: Author, org: string): Envelope => ({
  v: 1,
  org,
  id: newEntryId(),
  ts: isoTime(clock.now()),
});

/** Ids of people stand in entries without `@`, so that no mail address gets in by accident. */
export const pseudonymOf = (id: string): string => ledgerId(id).replaceAll('@', '%40');

/** Times as entries carry them: RFC 3339 UTC with milliseconds. */
export const entryTime = (time: string | Date): string => new Date(time).toISOString();
