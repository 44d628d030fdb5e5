/** How a call fails on its way; turned into a reply at the edge of the adapter, so that nothing rejects there. */
import type { ToolFailureKind, ToolReply } from '../../ports/tool.ts';

interface FailedOptions {
  /** False only when it is known that nothing was sent. */
  readonly sent: boolean;
  /** The server has answered, though with nothing that can be used: another attempt is not free. */
  readonly answered?: boolean;
}

export class Failed extends Error {
  readonly kind: ToolFailureKind;
  readonly sent: boolean;
  readonly answered: boolean;

  /** @param internal for the log; never a credential, never what the server sent */
  constructor(kind: ToolFailureKind, internal: string, options: FailedOptions) {
    super(internal);
    this.name = 'Failed';
    this.kind = kind;
    this.sent = options.sent;
    this.answered = options.answered ?? false;
  }
}

export const garbage = (internal: string): Failed => new Failed('garbage', internal, { sent: true, answered: true });

/** Any thrown value as a failure; what is not one of ours is treated as if something had been sent. */
export function asFailed(thrown: unknown): Failed {
  if (thrown instanceof Failed) return thrown;
  const internal = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'a non-error was thrown';
  return new Failed('garbage', internal, { sent: true });
}

export const failedReply = (failed: Failed): ToolReply => ({
  kind: 'failed',
  failure: { kind: failed.kind, sent: failed.sent, internal: failed.message },
});

/** Why a signal of ours was aborted. @param sent whether anything had been sent by then */
export function abortedBy(signal: AbortSignal, sent: boolean): Failed {
  const timeout = signal.reason === TIMED_OUT;
  return new Failed(timeout ? 'timeout' : 'aborted', timeout ? 'no answer in time' : 'aborted by the door', { sent });
}

/** Reason of a signal that a deadline aborted. */
export const TIMED_OUT = Symbol('timed out');
