/** A task: a call that waits for its approval as a row in the store, under an id that only its owner can use. */
import { randomBytes } from 'node:crypto';
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Denial } from '../../../ports/road.ts';
import type { ToolTask } from '../../../ports/tool-session.ts';
import type { Plan } from '../call/plan.ts';
import type { Exchange } from '../exchange.ts';

/** A person looks at requests every few minutes. */
const POLL_MS = 5_000;
/** The result is kept for this long after the last moment at which it can be approved. */
const KEEP_MS = 60 * 60_000;

/** @returns what the client is told, or undefined where it has too many tasks open @throws Fault store.* */
export async function openTask(x: Exchange, plan: Plan, denial: Denial): Promise<JsonRecord | undefined> {
  const { door, known: caller, claims } = x;
  const { approval } = denial;
  if (approval === undefined) return undefined;
  const request = door.seal.bytes('task-request', {
    name: plan.name,
    arguments: plan.params['arguments'] ?? {},
    pin: plan.pin,
    digest: plan.digest,
    principal: caller.agent.id,
    declaredClass: claims?.declaredClass ?? null,
    useCase: claims?.useCase ?? null,
  });
  try {
    const task = await door.tasks.open({
      org: door.org,
      id: randomBytes(16).toString('hex'),
      principal: caller.agent.id,
      mandate: caller.mandate?.id ?? null,
      credential: caller.credential,
      tool: plan.name,
      approval: approval.id,
      requestDigest: plan.digest,
      request,
      message: `${denial.message} It waits for a person: ${approval.url}`,
      ttlMs: Math.max(0, Date.parse(approval.expiresAt) - door.clock.now()) + KEEP_MS,
    });
    return { resultType: 'task', ...taskView(task) };
  } catch (thrown) {
    if (asFault(thrown).code === 'request.rate-limited') return undefined;
    throw thrown;
  }
}

export const taskView = (task: ToolTask): JsonRecord => ({
  taskId: task.id,
  status: task.state === 'acting' ? 'working' : task.state,
  statusMessage: task.message,
  createdAt: task.createdAt,
  lastUpdatedAt: task.updatedAt,
  ttlMs: Math.max(0, Date.parse(task.expiresAt) - Date.parse(task.createdAt)),
  pollIntervalMs: POLL_MS,
});
