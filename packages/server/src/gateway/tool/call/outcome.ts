/** How a call that was granted ended, and what the record says of it. */
import type { FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Act } from '../../../ports/road.ts';
import type { ToolFailure, ToolFailureKind } from '../../../ports/tool.ts';

export type Ending =
  | { readonly kind: 'result'; readonly result: JsonRecord }
  /** The server asks something that only the client's user can answer. */
  | { readonly kind: 'input'; readonly asked: JsonRecord; readonly declined: JsonRecord; readonly state: string | null }
  | { readonly kind: 'trouble'; readonly code: FaultCode; readonly message: string; readonly instead?: string }
  /** The server cannot go on without what the client did not declare. */
  | { readonly kind: 'needs'; readonly capabilities: JsonRecord }
  /** Nobody waits for the answer any more. */
  | { readonly kind: 'cancelled' };

export type Ended = Act<Ending>;

const TEXTS: Readonly<Record<Exclude<ToolFailureKind, 'aborted'>, readonly [FaultCode, string]>> = {
  unresolved: ['tool.unavailable', 'its credential or address could not be resolved'],
  blocked: ['tool.unavailable', 'its address is not one that may be dialled'],
  open: ['tool.unavailable', 'it failed again and again, and is left alone for a moment'],
  queue: ['tool.unavailable', 'it is busy, and no place became free in time'],
  refused: ['tool.unavailable', 'it cannot be reached or does not start'],
  timeout: ['tool.unavailable', 'it did not answer in time'],
  reset: ['tool.unavailable', 'it went away before it answered'],
  garbage: ['tool.result', 'it sent something that is not the protocol'],
  'too-large': ['tool.result', 'its answer is larger than it may be'],
  unauthorized: ['tool.unavailable', 'it refused our own credential'],
  lost: ['tool.unavailable', 'the call that waited for input is lost, and is not repeated'],
};

/** Nobody knows what came of these, once something was sent. */
const OPEN_FATE: ReadonlySet<ToolFailureKind> = new Set(['timeout', 'reset', 'lost']);

/** @param mutates whether the call may have changed something */
export function failedAct(server: string, failure: ToolFailure, mutates: boolean): Ended {
  const { kind, sent } = failure;
  if (kind === 'aborted') return cancelledAct(server, sent);
  const [code, why] = TEXTS[kind];
  const open = sent && mutates;
  const after = open
    ? 'It is not known whether it acted: look at the effect before you repeat the call.'
    : 'It stays listed; try again later.';
  const value: Ending = { kind: 'trouble', code, message: `The tool server \`${server}\` gave no answer: ${why}. ${after}` };
  if (!sent) return { value, status: 'released', charge: 'none', code, upstream: server };
  return { value, status: OPEN_FATE.has(kind) ? 'unknown' : 'failed', charge: { requests: 1 }, code, upstream: server };
}

export const cancelledAct = (server: string, sent: boolean): Ended =>
  sent
    ? { value: { kind: 'cancelled' }, status: 'cancelled', charge: { requests: 1 }, upstream: server }
    : { value: { kind: 'cancelled' }, status: 'released', charge: 'none', upstream: server };

export const withheldAct = (server: string, reason: string): Ended => ({
  value: {
    kind: 'trouble',
    code: 'tool.result',
    message: `The call was made, but its answer is withheld. ${reason}`,
  },
  status: 'failed',
  code: 'tool.result',
  charge: { requests: 1 },
  upstream: server,
});

export const doneAct = (server: string, value: Ending): Ended => ({
  value,
  status: 'done',
  charge: { requests: 1 },
  upstream: server,
});
