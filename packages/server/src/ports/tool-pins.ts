/** What is known of the definitions that tool servers offer, and what people said about them. The rows decide; every node reads the same. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { DefinitionFinding, NamedPin } from '@countersign/kernel/tool';

/**
 * `quarantined`: nobody said anything yet. `pinned`: a person approved it. `bundle`: the bundle that was in force when it was seen approves
 * it; it counts only while the one in force still does. `rejected`: a person refused it. `replaced`: it was pinned until another one was.
 */
export type StoredPinState = 'quarantined' | 'pinned' | 'bundle' | 'rejected' | 'replaced';

/** The name of the server itself among its tools: of its launch, instructions, prompts and resource templates. No tool has an empty name. */
export const SERVER_ITSELF = '';

export interface PinRecord extends NamedPin {
  readonly server: string;
  readonly state: StoredPinState;
  /** What was hashed, and for a server what it needs to be listed while it is down. */
  readonly definition: JsonRecord;
  readonly findings: readonly DefinitionFinding[];
  readonly seenAt: string;
  /** Since when the server does not offer it any more; null while it does. */
  readonly missingSince: string | null;
  /** Person id; null where no person decided. */
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
}

/** One definition as a server offered it just now. */
export interface SightedPin extends NamedPin {
  readonly definition: JsonRecord;
  readonly findings: readonly DefinitionFinding[];
  /** The bundle in force approves it. */
  readonly vouched: boolean;
}

export interface Sighting {
  readonly org: string;
  readonly server: string;
  /** All that it offers, itself included. */
  readonly pins: readonly SightedPin[];
  /** Names that it offers and that can never be shown: they are there, and not removed. */
  readonly refused: readonly string[];
}

export interface PinVerdict {
  readonly org: string;
  readonly server: string;
  /** Exactly what was shown: all of it is decided, or nothing. */
  readonly pins: readonly NamedPin[];
  readonly answer: 'approve' | 'reject';
  readonly by: string;
  readonly reason: string;
  /** The decision of the road that allowed it. */
  readonly decision: string;
}

export interface ToolPins {
  /** Rises with each change. One cheap read. */
  version(org: string): Promise<number>;
  /** Records that changed after `since`, and the version up to which they are complete; 0 for all. */
  changes(org: string, since: number): Promise<{ readonly version: number; readonly records: readonly PinRecord[] }>;
  /**
   * What is new is quarantined, with its entry; what is gone is marked. The same sighting again, on any node, changes nothing.
   * @returns whether anything changed
   */
  observe(sighting: Sighting): Promise<boolean>;
  /** With its entries. @throws Fault approval.stale when one of the pins is not known, or was replaced meanwhile */
  decide(verdict: PinVerdict): Promise<void>;
}
