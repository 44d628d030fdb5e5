/** What the hook door is given. */
import type { Clock, NewId } from '../../../ports/clock.ts';
import type { HookCalls } from '../../../ports/hook-calls.ts';
import type { Log } from '../../../ports/log.ts';
import type { SnapshotSource } from '../../../ports/registry.ts';
import type { Road } from '../../../ports/road.ts';
import type { ReadLimits } from '../../wire/read.ts';

export interface HookDoorDeps {
  readonly org: string;
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly calls: HookCalls;
  /** Whether the tool door has a tool of this name: it decides each call of one by itself. */
  readonly exposes: (tool: string) => boolean;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly limits?: ReadLimits;
  /** Time for a whole body, where only that differs from the defaults. */
  readonly bodyMs?: number;
  /** Own deadlines; absent: below those of the clients' files. */
  readonly deadlines?: Deadlines;
}

export interface Deadlines {
  /** Before a tool is used. */
  readonly beforeMs: number;
  /** While a person decides. */
  readonly personMs: number;
}

/** The clients' files say 10 s and 600 s: a client that runs out of patience goes on in its own way, so we answer first. */
export const DEADLINES: Deadlines = { beforeMs: 8_000, personMs: 570_000 };

export const DOOR = 'hook';

/** Duties that may come with a permission and that this door fulfils: it keeps no content of its own beside the record. */
export const HOOK_DUTIES: ReadonlySet<string> = new Set(['log-digest']);

/** Name of our tool server in the clients' files. */
export const OUR_SERVER = 'countersign';
