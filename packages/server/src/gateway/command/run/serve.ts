/** One request at the door, from its first frame to its last. */
import { hash } from 'node:crypto';
import { asFault, Fault, type FaultCode } from '@countersign/kernel/fault';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Json } from '@countersign/kernel/json';
import { effectiveClass } from '../../../govern/facts.ts';
import type { BundleSnapshot, DataClass } from '../../../ports/registry.ts';
import type { Caller, GovernAsk } from '../../../ports/road.ts';
import type { EgressProfile } from '../../../ports/egress.ts';
import type { SandboxBackend, SandboxIdentity, SandboxSpec } from '../../../ports/sandbox.ts';
import { type SandboxProfile, specOf } from '../../../ports/sandbox-profile.ts';
import { act, type Running } from './act.ts';
import { type CommandDoorDeps, DOOR, type Judged, type Place, RUN_DUTIES } from './deps.ts';
import type { RunEnding } from './end.ts';
import type { Line } from '../../wire/line.ts';
import { type OpenAsk, readOpen } from './open.ts';
import type { RunPlaces } from './places.ts';
import { checkMounts } from './mounts.ts';
import { placeOf } from './place.ts';
import type { Who } from './who.ts';
import { leastFor, tooWeak } from './strength.ts';
import { writableOf } from './writable.ts';

export interface Serving {
  readonly deps: CommandDoorDeps;
  readonly places: RunPlaces;
  readonly line: Line;
  readonly who: Who;
  readonly trace: string;
  readonly closing: AbortSignal;
}

/** A client that was let in says at once what it wants. */
const OPEN_MS = 30_000;
/** Beside the time that the command may take: making the sandbox, ending it, looking at what it left. */
const AROUND_MS = 120_000;

/** Never rejects. */
export async function serve(serving: Serving): Promise<void> {
  const { line } = serving;
  try {
    line.end(await answer(serving));
  } catch (thrown) {
    line.end(await refused(serving, asFault(thrown)));
  }
}

async function answer(serving: Serving): Promise<RunEnding> {
  const { deps, places, line, who } = serving;
  const open = readOpen(await line.opened(OPEN_MS));
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  const plan = await planOf(serving, snapshot, open);
  const give = places.take(who.caller.agent.id);
  if (give === undefined) throw new Fault('request.rate-limited', 'As many commands run as may. Try again when one has ended.');
  try {
    return await governed(serving, plan);
  } finally {
    give();
  }
}

interface Plan extends Judged {
  readonly open: OpenAsk;
  readonly place: Place;
  readonly egress?: EgressProfile;
  readonly spec: SandboxSpec;
  readonly backend: SandboxBackend;
  readonly digest: string;
}

async function planOf({ deps, who, trace }: Serving, snapshot: BundleSnapshot, open: OpenAsk): Promise<Plan> {
  const place = await placeOf(deps, who, open.cwd);
  const profile = profileOf(deps, who, snapshot, open);
  await checkMounts(profile.mounts, deps.ownFolders);
  const wished = specFor(deps, who.caller, profile, place);
  const judged = await deps.judge({
    caller: who.caller,
    command: open.command,
    cwd: place.cwd,
    roots: [place.workspace],
    shell: 'text' in open.command ? '/bin/bash' : null,
    environment: Object.keys(wished.environment).sort(),
    profile: profile.name,
    enforcement: 'runner',
    trace,
  });
  const spec = { ...wished, least: leastFor(snapshot.settings, judged, dataClassOf(deps, judged), profile.least) };
  const backend = deps.backend(spec.least);
  if (backend === undefined) throw tooWeak(spec.least, profile.least);
  const egress = spec.network === 'none' ? {} : { egress: deps.profiles.egress(snapshot, profile, who.caller) };
  return { ...judged, ...egress, open, place, spec, backend, digest: digestOf(judged, spec, open) };
}

/** As the road will count it: declared, found in the command, inherited by the mandate, or stuck to the task. */
function dataClassOf({ marks }: CommandDoorDeps, { ask }: Judged): DataClass {
  const { mandate } = ask.caller;
  const stuck = mandate === undefined ? undefined : marks(mandate.task).dataClass;
  return effectiveClass([ask.declaredClass, ask.detectedClass, stuck], mandate);
}

function specFor(deps: CommandDoorDeps, caller: Caller, profile: SandboxProfile, { workspace, hidden }: Place): SandboxSpec {
  const mounts = [...profile.mounts, ...deps.clients(profile.clients)];
  const roots = [workspace, ...mounts.map(({ path }) => path)];
  const writable = caller.mandate === undefined ? undefined : writableOf(caller.mandate.paths, profile.workspace.scratch);
  const terms = { identity: identityOf(deps, caller), workspace, roots };
  const spec = specOf({ ...profile, mounts }, writable === undefined ? terms : { ...terms, writable });
  return hidden.length === 0
    ? spec
    : { ...spec, workspace: { ...spec.workspace, hidden: [...spec.workspace.hidden, ...hidden] } };
}

function profileOf(deps: CommandDoorDeps, { admin }: Who, snapshot: BundleSnapshot, { profile }: OpenAsk): SandboxProfile {
  if (profile.kind === 'file') {
    if (!admin)
      throw new Fault(
        'identity.forbidden',
        'Only an administrator may bring a profile of their own. Name one of the bundle instead.',
      );
    return deps.profiles.read(profile.text, profile.file);
  }
  const named = deps.profiles.named(snapshot, profile.name);
  if (named !== undefined) return named;
  throw new Fault(
    'request.unknown-entity',
    `There is no profile \`${profile.name}\`. There are: ${deps.profiles.names(snapshot).join(', ')}.`,
  );
}

const identityOf = ({ org, newId }: CommandDoorDeps, { agent, onBehalfOf, mandate }: Caller): SandboxIdentity => ({
  org,
  agent: agent.id,
  onBehalfOf,
  mandate: mandate?.id ?? null,
  task: mandate?.task ?? null,
  repository: mandate?.repository ?? null,
  run: newId('run'),
});

/** What an approval is bound to: the command, where, and in which sandbox. The ids of a single run are not part of it. */
function digestOf({ ask }: Judged, spec: SandboxSpec, { command, stdin, cwd }: OpenAsk): string {
  const { identity: _, ...sandbox } = spec;
  const bound = { command, cwd, sandbox, stdin, judged: ask.contentDigest ?? null };
  return hash('sha256', canonicalize(bound as unknown as Json));
}

async function governed(serving: Serving, plan: Plan): Promise<RunEnding> {
  const { deps, line } = serving;
  const patience = deps.clock.now() + plan.open.waitMs;
  const waited = new Set<string>();
  for (;;) {
    const answer = await once(serving, plan);
    if (answer.kind !== 'denied') return answer;
    const { denial } = answer;
    const left = patience - deps.clock.now();
    // An approval that was given and did not help will not help the next time either.
    if (denial.approval === undefined || left <= 0 || line.signal.aborted || waited.has(denial.approval.id)) return answer;
    waited.add(denial.approval.id);
    line.tell('waiting', { why: 'approval', message: denial.message, approval: denial.approval });
    const seen = await deps.approvals.waitFor(deps.org, denial.approval.id, left, line.signal).catch(() => undefined);
    if (seen?.state === 'denied')
      return {
        kind: 'denied',
        denial: { ...denial, code: 'approval.denied', message: 'A person looked at this request and said no.' },
      };
    if (seen?.state !== 'approved') return answer;
  }
}

async function once(serving: Serving, plan: Plan): Promise<RunEnding> {
  const { deps, line, who, trace, closing } = serving;
  const running: Running = { deps, line, who, trace, closing, requestDigest: plan.digest, ...plan };
  const governed = await deps.road.govern(askOf(plan, line.signal), (grant, allowed) => act(running, grant, allowed));
  return governed.ok ? governed.value : { kind: 'denied', denial: governed.denial };
}

function askOf({ ask, digest, open, spec, place }: Plan, signal: AbortSignal): GovernAsk {
  const { caller } = ask;
  // What a person does at their own keyboard is counted against no agent's budget.
  const { reserve: _, ...free } = ask;
  return {
    ...(caller.person === true ? free : ask),
    contentDigest: digest,
    shown: { ...ask.shown, cwd: place.cwd, profile: spec.profile, network: spec.network, stdin: open.stdin },
    knows: RUN_DUTIES,
    signal,
    actMs: spec.limits.wallMs + AROUND_MS,
    ...(caller.mandate === undefined ? {} : { repository: caller.mandate.repository }),
  };
}

async function refused({ deps, who, trace }: Serving, fault: Fault): Promise<RunEnding> {
  const code: FaultCode = fault.code;
  if (code === 'internal.fault') deps.log.error('command.door', { trace, internal: fault.internalText ?? fault.message });
  const denial = await deps.road
    .refuse({ door: DOOR, trace, caller: who.caller, action: 'command.request', code, message: fault.publicText })
    .catch(() => undefined);
  return { kind: 'failed', code, message: fault.publicText, requestId: denial?.requestId ?? trace };
}
