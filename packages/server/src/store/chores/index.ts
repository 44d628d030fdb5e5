import type { ClientEvidence } from '../../ports/client-evidence.ts';
import type { HookCalls } from '../../ports/hook-calls.ts';
import type { ToolNonces, ToolSessions, ToolTasks } from '../../ports/tool-session.ts';
import { type ApprovalParts, sweepApprovals } from '../approval/index.ts';
import type { openIdempotency } from '../identity/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Chore } from './chores.ts';

export { type Chore, startChores } from './chores.ts';

/** An expired request is refused at once wherever it is used; this only tells so. */
const SWEEP_MS = 1_000;
const PRUNE_MS = 3_600_000;
const TOOL_SWEEP_MS = 60_000;
/** Messages are kept this long after their end, for questions about what was sent. */
const OUTBOX_DAYS = 7;

/** The chores of approvals, outbox and keyed requests; open acts have a keeper of their own. */
export const storeChores = (
  parts: ApprovalParts,
  outbox: Pick<Outbox, 'prune'>,
  keys: Pick<ReturnType<typeof openIdempotency>, 'prune'>,
): readonly Chore[] => [
  { name: 'approvals', everyMs: SWEEP_MS, run: () => sweepApprovals(parts) },
  { name: 'outbox', everyMs: PRUNE_MS, run: () => outbox.prune(OUTBOX_DAYS) },
  { name: 'keyed-requests', everyMs: PRUNE_MS, run: () => keys.prune() },
];

/** What the tool door kept beyond its time; it is refused before it is swept. */
export const toolChores = (kept: {
  readonly sessions: Pick<ToolSessions, 'sweep'>;
  readonly tasks: Pick<ToolTasks, 'sweep'>;
  readonly nonces: Pick<ToolNonces, 'sweep'>;
}): readonly Chore[] => [
  { name: 'tool-sessions', everyMs: TOOL_SWEEP_MS, run: () => kept.sessions.sweep() },
  { name: 'tool-tasks', everyMs: TOOL_SWEEP_MS, run: () => kept.tasks.sweep() },
  { name: 'tool-nonces', everyMs: PRUNE_MS, run: () => kept.nonces.sweep() },
];

/** Names that sandboxes asked for and never reached. */
export const egressChores = (hosts: { sweep(): Promise<void> }): readonly Chore[] => [
  { name: 'egress-names', everyMs: PRUNE_MS, run: () => hosts.sweep() },
];

/** Memories end with their payloads, by the retention chore; what is left over of their places goes here. */
export const memoryChores = (memories: { prune(): Promise<void> }): readonly Chore[] => [
  { name: 'memory-places', everyMs: PRUNE_MS, run: () => memories.prune() },
];

/** Sign-ins that nobody decided, or that are done. */
export const deviceChores = (devices: { prune(): Promise<number> }): readonly Chore[] => [
  { name: 'device-logins', everyMs: PRUNE_MS, run: () => devices.prune() },
];

/** Questions of clients are kept as long as a dispute about one may take. */
const HOOK_DAYS = 30;

export const clientChores = (calls: Pick<HookCalls, 'sweep'>, evidence: Pick<ClientEvidence, 'sweep'>): readonly Chore[] => [
  { name: 'hook-calls', everyMs: PRUNE_MS, run: () => calls.sweep(HOOK_DAYS) },
  { name: 'client-evidence', everyMs: PRUNE_MS, run: () => evidence.sweep() },
];
