/** From a hook's question to our word: plan, road, record, answer. */
import { asFault, type FaultCode } from '@countersign/kernel/fault';
import type { HookCallRow, HookSession, HookWord } from '../../../ports/hook-calls.ts';
import type { Act, Ask, Caller, Denial, Governed } from '../../../ports/road.ts';
import { judgeCall } from '../judge/index.ts';
import { sentence } from '../../wire/denial-text.ts';
import type { Verdict } from './answer.ts';
import type { HookCall } from './call.ts';
import { DOOR, HOOK_DUTIES, type HookDoorDeps, patienceOf } from './deps.ts';
import { digestOf } from './file.ts';
import { planOf } from './plan.ts';
import type { Plan } from './planning.ts';

export interface Asking {
  readonly caller: Caller;
  readonly call: HookCall;
  readonly trace: string;
  readonly signal: AbortSignal;
}

interface Decided {
  readonly word: HookWord;
  readonly denial?: Denial;
  readonly decision: string | null;
}

/** Between the two questions about one call lies only the client's own work. */
const SAME_CALL_MS = 15 * 60_000;

/** Never rejects: what goes wrong is a "no". */
export async function decide(deps: HookDoorDeps, asking: Asking): Promise<Verdict> {
  try {
    return await inTime(deps, asking);
  } catch (thrown) {
    const fault = asFault(thrown);
    const requestId = deps.newId('req');
    deps.log.error('hook.failed', { code: fault.code, requestId, internal: fault.internalText ?? fault.message });
    return { word: 'deny', text: `Countersign: ${fault.publicText} [${fault.code}, request ${requestId}]` };
  }
}

/** A client that waits longer than it wants to goes on in its own way. */
async function inTime(deps: HookDoorDeps, asking: Asking): Promise<Verdict> {
  // The hold itself ends earlier, with the approval's address in its denial.
  const { deadlineMs } = patienceOf(asking.call.wait);
  const late = new AbortController();
  const signal = AbortSignal.any([asking.signal, late.signal]);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  try {
    const first = await Promise.race([wordOn(deps, { ...asking, signal }), deadline]);
    return first === 'late' ? await refused(deps, asking, 'request.timeout', 'No answer was found in time, so it is no.') : first;
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

async function wordOn(deps: HookDoorDeps, asking: Asking): Promise<Verdict> {
  const { caller, call, trace } = asking;
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) return refused(deps, asking, 'bundle.missing', 'No bundle is in force, so nothing is allowed.');
  const session = { org: deps.org, agent: caller.agent.id, client: call.client, session: call.session };
  const root = await deps.calls.rootOf(session, saysWhere(call) ? call.cwd : undefined);
  const plan = planOf({ call, caller, snapshot, root, trace, exposes: deps.exposes });
  const row = (decided: Decided, digest: string): HookCallRow => ({
    ...session,
    turn: call.turn,
    call: call.call ?? null,
    digest,
    tool: call.tool,
    event: call.event,
    word: decided.word,
    decision: decided.decision,
  });
  const digest = digestOf({ client: call.client, tool: call.tool, meaning: plan.kind === 'refused' ? null : plan.meaning });
  if (call.event === 'PermissionRequest' && plan.kind !== 'refused') {
    const same = await deps.calls.take(session, { turn: call.turn, digest, withinMs: SAME_CALL_MS });
    // Decided, recorded and told before: the same call is not asked about twice.
    if (same !== undefined) return { word: 'allow' };
  }
  const decided = (await isStray(deps, call, session, digest))
    ? await refusal(deps, asking, { code: 'hook.patch', message: STRAY, action: 'file.edit' })
    : await decidePlan(deps, asking, plan);
  await deps.calls.put(row(decided, digest));
  return verdictOf(decided);
}

/**
 * A patch that Codex found inside of a command is asked about only here, and not with the directory that its paths are resolved from. One that the
 * model handed to the tool was asked about before.
 */
async function isStray({ calls }: HookDoorDeps, call: HookCall, session: HookSession, digest: string): Promise<boolean> {
  const { client, event, tool, turn } = call;
  if (client !== 'codex' || event !== 'PermissionRequest' || tool !== 'apply_patch') return false;
  return !(await calls.asked(session, { turn, digest, withinMs: SAME_CALL_MS }));
}

const STRAY = 'Nobody asked about this patch before it was used, so it is not known which files its paths mean.';

function verdictOf({ word, denial }: Decided): Verdict {
  if (word === 'allow') return { word };
  return { word, text: denial === undefined ? 'Countersign: no.' : sentence(denial) };
}

async function refused(deps: HookDoorDeps, asking: Asking, code: FaultCode, message: string): Promise<Verdict> {
  return verdictOf(await refusal(deps, asking, { code, message, action: 'hook.request' }));
}

async function refusal(
  deps: HookDoorDeps,
  { caller, trace }: Asking,
  { code, message, action }: { readonly code: FaultCode; readonly message: string; readonly action: string },
): Promise<Decided> {
  const denial = await deps.road.refuse({ door: DOOR, trace, caller, action, code, message });
  return { word: 'deny', denial, decision: denial.decision };
}

async function decidePlan(deps: HookDoorDeps, asking: Asking, plan: Plan): Promise<Decided> {
  switch (plan.kind) {
    case 'refused':
      return refusal(deps, asking, plan);
    case 'elsewhere':
      return { word: 'allow', decision: null };
    case 'command':
      return decideAsks(deps, asking, [(await judgeCall(deps, plan.judged)).ask]);
    case 'asks':
      return decideAsks(deps, asking, plan.asks);
  }
}

function decideAsks(deps: HookDoorDeps, asking: Asking, asks: readonly Ask[]): Promise<Decided> {
  const { client, event } = asking.call;
  // Codex holds its second question for a person, and lets a call pass that got no answer to the first in time.
  return client === 'codex' && event === 'PreToolUse' ? before(deps, asking, asks) : withPerson(deps, asking, asks);
}

/** The directory of a command is the model's choice with Codex; that of anything else is the session's. */
const saysWhere = ({ client, tool }: HookCall): boolean => client === 'claude' || tool !== 'Bash';

/** The likeliest "no" first: where one question is denied, nobody is bothered with the others. */
async function before(deps: HookDoorDeps, asking: Asking, asks: readonly Ask[]): Promise<Decided> {
  const rank = { deny: 0, requireApproval: 1, allow: 2 };
  const ordered = asks.map((ask) => ({ ask, rank: rank[deps.road.preview(ask).answer] })).sort((a, b) => a.rank - b.rank);
  let decision: string | null = null;
  for (const { ask } of ordered) {
    const governed = await govern(deps, asking, ask, 0);
    if (!governed.ok) return denied(asking.call, governed.denial);
    decision ??= governed.decision;
  }
  return { word: 'allow', decision };
}

/** Codex is let go on only where it is going to ask once more, and to wait for the answer. */
function denied(call: HookCall, denial: Denial): Decided {
  const waits = denial.approval !== undefined && ASKS.has(call.mode ?? '');
  return { word: waits ? 'ask' : 'deny', denial, decision: denial.decision };
}

/** Modes of Codex in which a call that nobody has allowed yet is asked about. Any other may run it. */
const ASKS: ReadonlySet<string> = new Set(['default']);

/** What is denied anyway is asked alone. Else all at once: persons look at all of it while the client waits. */
async function withPerson(deps: HookDoorDeps, asking: Asking, asks: readonly Ask[]): Promise<Decided> {
  const { holdMs } = patienceOf(asking.call.wait);
  const refusing = asks.find((ask) => deps.road.preview(ask).answer === 'deny');
  const all = await Promise.all((refusing === undefined ? asks : [refusing]).map((ask) => govern(deps, asking, ask, holdMs)));
  const no = all.find((one) => !one.ok);
  if (no !== undefined && !no.ok) return { word: 'deny', denial: no.denial, decision: no.denial.decision };
  return { word: 'allow', decision: all.find((one) => one.ok)?.decision ?? null };
}

/**
 * The client acts, not we: what is done here is to give it our word. How that ended only the client knows, and what it says of it is evidence.
 */
const HANDED: Act<true> = { value: true, status: 'unknown', code: 'hook.told', charge: 'none' };

function govern(deps: HookDoorDeps, { signal }: Asking, ask: Ask, holdMs: number): Promise<Governed<true>> {
  return deps.road.govern<true>({ knows: HOOK_DUTIES, ...ask, holdMs, signal, actMs: HANDED_MS }, () => Promise.resolve(HANDED));
}

const HANDED_MS = 60_000;
