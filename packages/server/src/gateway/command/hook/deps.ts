/** What the hook door is given. */
import type { Clock, NewId } from '../../../ports/clock.ts';
import type { HookCalls } from '../../../ports/hook-calls.ts';
import type { Log } from '../../../ports/log.ts';
import type { Road } from '../../../ports/road.ts';
import type { JudgeDeps } from '../judge/index.ts';
import type { ReadLimits } from '../../wire/read.ts';

export interface HookDoorDeps extends JudgeDeps {
  readonly org: string;
  readonly road: Road;
  readonly calls: HookCalls;
  /** Whether the tool door has a tool of this name: it decides each call of one by itself. */
  readonly exposes: (tool: string) => boolean;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly limits?: ReadLimits;
  /** Time for a whole body, where only that differs from the defaults. */
  readonly bodyMs?: number;
}

/** How long a client waits for an answer, where it does not say: what its generated file says. */
export const WAIT_SECONDS = { PreToolUse: 10, PermissionRequest: 600 } as const;

/** Longer than any approval is open. */
const WAIT_SECONDS_MAX = 24 * 3_600;

export interface Patience {
  /** When an answer must be out, from now. */
  readonly deadlineMs: number;
  /** How much of it may be spent on waiting for a person. */
  readonly holdMs: number;
}

/** Time for everything but a person's decision. */
const WORK_MS = 8_000;

/** A client that runs out of patience goes on in its own way, so we answer first. */
export function patienceOf(waitSeconds: number): Patience {
  const waitMs = Math.min(waitSeconds, WAIT_SECONDS_MAX) * 1_000;
  const deadlineMs = waitMs - Math.max(2_000, waitMs / 20);
  return { deadlineMs: Math.max(deadlineMs, waitMs / 2), holdMs: Math.max(0, deadlineMs - WORK_MS) };
}

/** Whole seconds; undefined for anything else. */
export const readWait = (value: unknown): number | undefined =>
  typeof value === 'string' && /^[1-9]\d{0,4}$/.test(value) ? Number(value) : undefined;

export const DOOR = 'hook';

/** Duties that may come with a permission and that this door fulfils: it keeps no content of its own beside the record. */
export const HOOK_DUTIES: ReadonlySet<string> = new Set(['log-digest']);

/** Name of our tool server in the clients' files. */
export const OUR_SERVER = 'countersign';
