/** What agents remember beyond one request, by rules of the bundle: never without an end, never above its class, erasable with its subject. */
import type { DataClass, MemoryRule, MemoryScope, Settings, Taint } from './registry.ts';

/** What holds where a bundle says nothing. Secrets and card numbers are restricted, and restricted is never remembered. */
export const MEMORY_RULES: Settings['memory'] = Object.freeze({
  public: { allowed: true, days: 90, finest: 'task', coarsest: 'organisation' },
  internal: { allowed: true, days: 90, finest: 'task', coarsest: 'organisation' },
  confidential: { allowed: true, days: 7, finest: 'task', coarsest: 'agent' },
  restricted: { allowed: false, days: 1, finest: 'task', coarsest: 'task' },
} as const satisfies Readonly<Record<DataClass, MemoryRule>>);

/** A scope and whose it is: task id, agent id, team, repository, organisation. */
export interface MemoryPlace {
  readonly scope: MemoryScope;
  readonly owner: string;
}

/** Everything about a memory but what it says. */
export interface MemoryRecord extends MemoryPlace {
  /** `mem_...` */
  readonly id: string;
  /** Agent that wrote it. */
  readonly agent: string;
  /** Person or workload that the agent acted for: erased with it. */
  readonly subject: string;
  readonly dataClass: DataClass;
  readonly taints: readonly Taint[];
  /** Of text and tags as they are kept. */
  readonly bytes: number;
  /** Name of the payload, SHA-256 hex. */
  readonly digest: string;
  /** The decision that allowed the writing. */
  readonly decision: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface MemoryContent {
  readonly text: string;
  readonly tags: readonly string[];
}

export interface Memory extends MemoryRecord, MemoryContent {}

export type MemoryDraft = Omit<Memory, 'bytes' | 'digest'>;

/** What one place holds at most. */
export interface MemoryCaps {
  readonly memories: number;
  readonly bytes: number;
}

export interface MemoryQuery {
  readonly places: readonly MemoryPlace[];
  readonly classes: readonly DataClass[];
  /** Confidential memories are given for the subject that they were written for, and for no other. */
  readonly subject: string;
}

export interface MemoryListQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly scope?: MemoryScope;
  readonly owner?: string;
  readonly agent?: string;
  readonly subject?: string;
}

export interface MemoryStore {
  /** With its entry, in one transaction. Holds the caps under concurrency. @returns why nothing was written, where a place is full */
  put(org: string, draft: MemoryDraft, caps: MemoryCaps): Promise<'stored' | 'full'>;
  /** Everything that lives in these places, newest first; the caps of the places bound it. Expired ones are not among it. */
  recall(org: string, query: MemoryQuery): Promise<readonly Memory[]>;
  /** Undefined where there is none, or none any more. */
  find(org: string, id: string): Promise<MemoryRecord | undefined>;
  /** The same with what it says. */
  read(org: string, id: string): Promise<Memory | undefined>;
  list(org: string, query: MemoryListQuery): Promise<{ readonly data: readonly MemoryRecord[]; readonly nextCursor?: string }>;
  /** Ids of living memories that this agent wrote in this place. */
  written(org: string, agent: string, place: MemoryPlace): Promise<readonly MemoryRecord[]>;
  /**
   * Erases text and row, with the `erasure` entry. @param reason a code @returns how many were there
   * @throws Fault request.conflict under a legal hold
   */
  forget(org: string, memories: readonly Pick<MemoryRecord, 'digest'>[], by: string, reason: string): Promise<number>;
}
