/** What the runner of commands is given. */
import type { CommandVerdict, Dialect } from '@countersign/kernel/command';
import type { ApprovalStore } from '../../../ports/approvals.ts';
import type { Clock, NewId } from '../../../ports/clock.ts';
import type { EgressProfile, EgressSlots, NetworkDoor } from '../../../ports/egress.ts';
import type { LiveView } from '../../../ports/identity.ts';
import type { Log } from '../../../ports/log.ts';
import type { TaskMarks } from '../../../ports/marks.ts';
import type { ClientName } from '../../../ports/clients.ts';
import type { BundleSnapshot, SnapshotSource } from '../../../ports/registry.ts';
import type { Caller, GovernAsk, Road } from '../../../ports/road.ts';
import type { SandboxBackend, Strength } from '../../../ports/sandbox.ts';
import type { SandboxProfile } from '../../../ports/sandbox-profile.ts';
import type { SandboxMount } from '../../../ports/sandbox-spec.ts';

/** Argument vectors run as they are; shell text is split first, and what cannot be split needs a shell. */
export type Command = { readonly argv: readonly string[] } | { readonly text: string; readonly dialect: Dialect };

export interface ToJudge {
  readonly caller: Caller;
  readonly command: Command;
  /** Absolute. */
  readonly cwd: string;
  readonly roots: readonly string[];
  /** Program that would read the text; null for argument vectors. */
  readonly shell: string | null;
  /** Names only. */
  readonly environment: readonly string[];
  readonly profile: string;
  readonly enforcement: 'runner';
  readonly trace: string;
}

export interface Judged {
  readonly ask: GovernAsk;
  readonly verdict: CommandVerdict;
  /** Of the bundle that judged. */
  readonly revision: string;
}

/** Where a run works, and what of it must not be seen. */
export interface Place {
  /** On the host: absolute and resolved. */
  readonly workspace: string;
  /** Absolute; the workspace or below it. */
  readonly cwd: string;
  /** Relative to the workspace. */
  readonly hidden: readonly string[];
}

export interface ProfileShelf {
  /** Of the profiles that everybody may name. */
  named(snapshot: BundleSnapshot, name: string): SandboxProfile | undefined;
  names(snapshot: BundleSnapshot): readonly string[];
  /** @throws Fault config.invalid with what is wrong */
  read(text: string, file: string): SandboxProfile;
  /** What it may reach, with what the organisation denies everybody. @throws Fault config.invalid for a set that is none */
  egress(snapshot: BundleSnapshot, profile: SandboxProfile, caller: Caller): EgressProfile;
}

export interface CommandDoorDeps {
  readonly org: string;
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly live: LiveView;
  readonly approvals: Pick<ApprovalStore, 'waitFor'>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** @throws Fault bundle.missing */
  readonly judge: (what: ToJudge) => Promise<Judged>;
  readonly profiles: ProfileShelf;
  /** What a task has touched so far. */
  readonly marks: (task: string) => TaskMarks;
  /** The weakest backend of this node that is at least so strong; undefined where there is none. */
  readonly backend: (least: Strength) => SandboxBackend | undefined;
  readonly network?: { readonly slots: EgressSlots; readonly door: NetworkDoor };
  /** Checkouts of a repository on this machine, absolute and resolved: where agents may work. */
  readonly workspaces: (repository: string) => readonly string[];
  /** Folders of our own, absolute and resolved: never seen in a sandbox. */
  readonly ownFolders: readonly string[];
  /**
   * Programs and settings of agent clients, as mounts. @throws Fault sandbox.unenforceable where this node or the bundle has none
   */
  readonly clients: (names: readonly ClientName[]) => readonly SandboxMount[];
  /** Runs at the same time, on this node. */
  readonly runsMax?: number;
}

export const DOOR = 'command';

/** Duties that may come with a permission and that this door fulfils: keep the texts with the record, or keep none. */
export const RUN_DUTIES: ReadonlySet<string> = new Set(['log-full', 'log-digest']);
