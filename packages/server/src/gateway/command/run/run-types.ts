/** What the parts of a run tell each other. */
import type { SandboxEnd, SandboxStreams } from '../../../ports/sandbox.ts';

/** Of the run as a whole. */
export interface RunStreams {
  readonly stdin: SandboxStreams['stdin'];
  readonly stdout: SandboxStreams['stdout'];
  readonly stderr: SandboxStreams['stderr'];
  readonly signal: AbortSignal;
}

export interface RunCommand {
  readonly argv: readonly string[];
  /** Absolute, in the sandbox's view; null where there is none, or where no program is needed. */
  readonly program: string | null;
  readonly status: number;
}

export interface RunEnd {
  readonly end: SandboxEnd;
  /** Exit codes of the last pipe, each of its commands. */
  readonly pipe: readonly number[];
  readonly ran: readonly RunCommand[];
}
