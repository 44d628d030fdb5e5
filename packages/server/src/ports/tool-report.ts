/** What people are shown of the catalogue of tools: by the API, the command line and the approval page alike. */
import type { ActionClass } from '@countersign/kernel/action';
import type { JsonRecord } from '@countersign/kernel/json';
import type { DefinitionChange, DefinitionFinding } from '@countersign/kernel/tool';
import type { StoredPinState } from './tool-pins.ts';

/**
 * `listed`: agents may call it. `quarantined`: a person has to look. `held`: it is approved, and its server is not. `rejected`: a person
 * said no. `refused`: it can never be listed. `undeclared`: the operator does not offer it.
 */
export type ToolState = 'listed' | 'quarantined' | 'held' | 'rejected' | 'refused' | 'undeclared';

export interface ToolReport {
  /** The server's own name. */
  readonly name: string;
  readonly exposed: string | null;
  /** Null for what was refused before it had one. */
  readonly pin: string | null;
  readonly class: ActionClass | null;
  readonly state: ToolState;
  /** Why it is not listed; null where it is. */
  readonly reason: string | null;
  readonly findings: readonly DefinitionFinding[];
}

export interface ServerReport {
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  readonly environment: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly status: 'unknown' | 'up' | 'down' | 'off';
  readonly error: string | null;
  readonly since: string | null;
  readonly checkedAt: string | null;
  readonly era: string;
  /** Of launch, instructions, prompts and resource templates. */
  readonly state: 'pinned' | 'quarantined' | 'rejected' | 'absent';
  /** What an approver of the whole server names; null while this node did not reach it. */
  readonly pin: string | null;
  readonly findings: readonly DefinitionFinding[];
  readonly tools: readonly ToolReport[];
}

/** A tool that went away and looks like this one. */
export interface SimilarTool {
  readonly server: string;
  readonly name: string;
  readonly pin: string;
  /** 0 to 1. */
  readonly likeness: number;
  readonly changes: readonly DefinitionChange[];
}

export interface PinReport {
  readonly server: string;
  /** Null for the server itself. */
  readonly tool: string | null;
  readonly pin: string;
  readonly state: StoredPinState;
  readonly definition: JsonRecord;
  readonly findings: readonly DefinitionFinding[];
  readonly seenAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  /** The definition that was approved before, and what differs from it. */
  readonly previous: { readonly pin: string; readonly changes: readonly DefinitionChange[] } | null;
  readonly similar: readonly SimilarTool[];
}
