/** The network door as sandboxes see it: who speaks, and what they may reach. */
import type { EgressProfile } from '@countersign/kernel/egress';
import type { EgressServing, EgressSlot } from './egress-slot.ts';
import type { Caller } from './road.ts';

export type { EgressProfile, EgressRule } from '@countersign/kernel/egress';
export type { EgressServing, EgressSlot, EgressSlots, EgressTotals } from './egress-slot.ts';

/** One run that may speak. */
export interface EgressRun {
  readonly caller: Caller;
  /** Same as SandboxIdentity.run. */
  readonly run: string;
  readonly repository: string | null;
  readonly profile: EgressProfile;
  /** W3C trace id, 32 hex digits. */
  readonly trace: string;
  readonly signal?: AbortSignal;
}

export interface NetworkDoor {
  serve(slot: EgressSlot, run: EgressRun): EgressServing;
}
