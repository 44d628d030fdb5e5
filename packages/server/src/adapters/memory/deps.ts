/** What the server of memories is given. */
import type { Clock, NewId } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { MemoryStore } from '../../ports/memory.ts';
import type { SnapshotSource } from '../../ports/registry.ts';

export interface TextFinding {
  /** Rule id: `aws-access-key`, `payment-card`. */
  readonly rule: string;
  readonly kind: 'secret' | 'personal' | 'hidden' | 'injection';
  /** Data class that the finding raises its text to. */
  readonly raises: 'none' | 'confidential' | 'restricted';
}

/** Reads a text for what it should not hold. @throws where it cannot tell: the text is then not remembered */
export type Inspect = (
  text: string,
) => { readonly findings: readonly TextFinding[] } | Promise<{ readonly findings: readonly TextFinding[] }>;

export interface MemoryServerDeps {
  readonly org: string;
  readonly store: MemoryStore;
  readonly snapshots: SnapshotSource;
  readonly inspect: Inspect;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
}
