/** `tasks/*`: what became of a task, and the act itself once a person approved it. Exactly one node claims a task; whoever claims it acts. */
import { asFault } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { DATA_CLASSES } from '../../../ports/registry.ts';
import type { Denial, Governed } from '../../../ports/road.ts';
import type { ToolHandle, ToolTask } from '../../../ports/tool-session.ts';
import { act, contentDigest } from '../call/act.ts';
import { askFor, type Declared } from '../call/ask.ts';
import type { Ending } from '../call/outcome.ts';
import { isRefusal, type Plan, planTool } from '../call/plan.ts';
import { denialResult, trouble } from '../denial.ts';
import type { Client } from '../era/client.ts';
import type { Exchange } from '../exchange.ts';
import { INVALID_PARAMS } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { taskView } from './task-row.ts';

/** An act that has not come back by then died with its node. */
const ACTING_MS_MAX = 30 * 60_000;
const TASK_ID = /^[0-9a-f]{32}$/;

export async function serveTask(x: Exchange, message: RpcRequest): Promise<void> {
  const { taskId } = message.params;
  const task = typeof taskId === 'string' && TASK_ID.test(taskId) ? await findTask(x, taskId) : undefined;
  if (task === undefined) return unknownTask(x);
  switch (message.method) {
    case 'tasks/get':
      return x.answer().result({ resultType: 'complete', ...finalView(x, await advance(x, task)) });
    case 'tasks/cancel':
      await x.door.tasks.cancel(task, 'It was cancelled by the agent before anything was done.');
      return x.answer().result({ resultType: 'complete' });
    default:
      // Nothing is ever asked within a task, and answers to what was not asked are ignored.
      return x.answer().result({ resultType: 'complete' });
  }
}

/** The same for ids that nobody has and ids of somebody else. */
const unknownTask = (x: Exchange): Promise<void> =>
  x.refuse('request.not-found', 'There is no such task.', { status: 200, rpc: INVALID_PARAMS });

async function findTask(x: Exchange, id: string): Promise<ToolTask | undefined> {
  const { known: caller, door } = x;
  const task = await door.tasks.find({ org: door.org, id, principal: caller.agent.id });
  return task !== undefined && task.mandate === (caller.mandate?.id ?? null) ? task : undefined;
}

function finalView({ door }: Exchange, task: ToolTask): JsonRecord {
  const view = taskView(task);
  const result = task.result === null ? undefined : door.seal.openBytes('task-result', task.result);
  return result === undefined ? view : { ...view, ...result };
}

/** Moves a task on as far as it goes now. @returns it as it is afterwards @throws Fault store.* */
export async function advance(x: Exchange, task: ToolTask): Promise<ToolTask> {
  const { door } = x;
  if (task.state === 'acting' && door.clock.now() - Date.parse(task.updatedAt) > ACTING_MS_MAX)
    await finish(
      x,
      task,
      trouble('tool.unavailable', 'The node that made the call died. It is not known whether the call acted.', task.id),
    );
  if (task.state !== 'working' || task.approval === null) return reread(x, task);
  const seen = await door.approvals.find(door.org, task.approval);
  if (seen?.state === 'open') return task;
  if (seen?.state === 'approved') {
    if (!(await door.tasks.claim(task))) return reread(x, task);
    const running = run(x, task)
      .catch((thrown: unknown) => door.log.error('tool.task', { task: task.id, error: asFault(thrown).message }))
      .finally(() => door.background.delete(running));
    door.background.add(running);
    return reread(x, task);
  }
  const text = seen?.state === 'denied' ? 'A person looked at this request and said no.' : 'Nobody approved it in time.';
  await finish(x, task, await x.record('approval.closed', text, 'tool.call'));
  return reread(x, task);
}

const reread = async (x: Exchange, task: ToolTask): Promise<ToolTask> => (await x.door.tasks.find(task)) ?? task;

/** What a client without any capability gets: nothing is asked in the middle of a task. */
const NOBODY: Client = { era: 'modern', version: '', capabilities: {}, logLevel: undefined };
const SILENT = { progress: () => undefined, message: () => undefined };

async function run(x: Exchange, task: ToolTask): Promise<void> {
  const { door, known: caller, trace } = x;
  const request = door.seal.openBytes('task-request', task.request);
  const plan = request === undefined ? undefined : await replan(x, task, request);
  if (request === undefined || plan === undefined)
    return finish(x, task, await x.record('approval.invalid', 'The tool or the request is not what was approved.', 'tool.call'));
  if ('requestId' in plan) return finish(x, task, plan);
  const { signal } = door.closing;
  const ask = askFor(plan, { caller, declared: declaredOf(request), trace, signal, digest: contentDigest(plan, {}) });
  const governed = await door.road.govern<Ending>(ask, (grant, allowed) =>
    act(
      {
        door,
        plan,
        client: NOBODY,
        caller,
        trace,
        signal,
        events: SILENT,
        progress: false,
        resume: undefined,
        ask: undefined,
      },
      grant,
      allowed,
    ),
  );
  return finish(x, task, resultOf(governed), plan);
}

/** Undefined where it would be another request than the one that was approved. */
async function replan(x: Exchange, task: ToolTask, request: JsonRecord): Promise<Plan | Denial | undefined> {
  const { name, arguments: args, pin, digest, principal } = request;
  if (typeof name !== 'string' || !isRecord(args) || principal !== task.principal) return undefined;
  const plan = await planTool(x.door, x.known, name, args);
  if (isRefusal(plan)) return x.record(plan.code, plan.message, 'tool.call');
  return plan.pin === pin && plan.digest === digest ? plan : undefined;
}

function declaredOf({ declaredClass, useCase }: JsonRecord): Declared {
  return {
    declaredClass: DATA_CLASSES.find((one) => one === declaredClass),
    useCase: typeof useCase === 'string' ? useCase : undefined,
  };
}

function resultOf(governed: Governed<Ending>): Denial | JsonRecord {
  if (!governed.ok) return governed.denial;
  const { value, decision } = governed;
  if (value.kind === 'result') return value.result;
  if (value.kind === 'trouble') return trouble(value.code, value.message, decision, value.instead);
  return trouble('tool.unavailable', 'The call was ended before there was an answer.', decision);
}

async function finish(x: Exchange, handle: ToolHandle, end: Denial | JsonRecord, plan?: Plan): Promise<void> {
  const { door } = x;
  const denied = isDenial(end);
  const plain = plan?.tool?.definition['outputSchema'] === undefined && plan !== undefined;
  const result = denied ? denialResult(end, plain) : end;
  await door.tasks.finish(handle, {
    state: 'completed',
    message: denied ? end.message : 'The call was made.',
    result: door.seal.bytes('task-result', { result: { resultType: 'complete', ...result } }),
  });
}

const isDenial = (value: Denial | JsonRecord): value is Denial => 'requestId' in value && 'reasons' in value;
