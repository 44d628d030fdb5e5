/** How a run ended, as its client and the record are told. */
import type { Denial } from '../../../ports/road.ts';
import type { SandboxEnd, SandboxReceipt } from '../../../ports/sandbox.ts';
import type { RunCommand } from './run-types.ts';
import { statusOf } from './script.ts';

/** The receipt of the sandbox, and what only the door knows. */
export interface RunReceipt extends SandboxReceipt {
  readonly decision: string;
  readonly agent: string;
  readonly onBehalfOf: string;
  readonly mandate: string | null;
  readonly workspace: string;
  readonly cwd: string;
  readonly exit: number;
  readonly signal?: string;
  readonly killed?: string;
  /** Exit codes of the last pipe. */
  readonly pipe: readonly number[];
  /** A shell ran the text; else the argument vectors ran as they were judged. */
  readonly shell: boolean;
  readonly commands: readonly RunCommand[];
  /** Of the request that was decided. */
  readonly requestDigest: string;
}

export type RunEnding =
  | {
      readonly kind: 'exited';
      readonly exit: number;
      readonly signal?: string;
      readonly killed?: string;
      readonly receipt: RunReceipt;
    }
  | { readonly kind: 'denied'; readonly denial: Denial }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly requestId: string };

/** Where we ended it, the code says why: those that `timeout`, the kernel and shells use for the same. */
const KILLED: Readonly<Record<string, number>> = { time: 124, cancelled: 130, memory: 137, output: 153 };
const KILLED_OTHERWISE = 137;

export const exitOf = (end: SandboxEnd): number =>
  end.killed === undefined ? statusOf(end) : (KILLED[end.killed] ?? KILLED_OTHERWISE);

/** For the outcome on the ledger; nothing where it exited with 0. */
export function outcomeCode(end: SandboxEnd): string | undefined {
  if (end.killed !== undefined) return `killed.${end.killed}`;
  if (end.signal !== undefined) return `signal.${end.signal}`;
  return end.code === 0 ? undefined : `exit.${end.code ?? 1}`;
}
