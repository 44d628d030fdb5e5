/** The act: a sandbox, what runs in it, and the receipt. Whatever happens, nothing of it is left when this ends. */
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { CommandVerdict } from '@countersign/kernel/command';
import { asFault, Fault } from '@countersign/kernel/fault';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Json } from '@countersign/kernel/json';
import type { EgressProfile, EgressServing, EgressSlot } from '../../../ports/egress.ts';
import type { Grant } from '../../../ports/grant.ts';
import type { Act, Allowed, ContentDraft } from '../../../ports/road.ts';
import { type Sandbox, type SandboxBackend, type SandboxSpec, STRENGTHS } from '../../../ports/sandbox.ts';
import type { CommandDoorDeps, Place } from './deps.ts';
import { exitOf, outcomeCode, type RunEnding, type RunReceipt } from './end.ts';
import type { Line } from '../../wire/line.ts';
import type { OpenAsk } from './open.ts';
import { OutputKeep } from './output.ts';
import type { RunEnd, RunStreams } from './run-types.ts';
import { needsShell, Script, statusOf } from './script.ts';
import { leastFor, tooWeak } from './strength.ts';
import { watchRights } from './watch.ts';
import type { Who } from './who.ts';

export interface Running {
  readonly deps: CommandDoorDeps;
  readonly line: Line;
  readonly who: Who;
  readonly open: OpenAsk;
  readonly place: Place;
  /** What may be reached; absent without a network. */
  readonly egress?: EgressProfile;
  readonly spec: SandboxSpec;
  readonly backend: SandboxBackend;
  readonly verdict: CommandVerdict;
  /** Of the bundle that judged. */
  readonly revision: string;
  readonly requestDigest: string;
  readonly trace: string;
  /** Aborted when the node stops. */
  readonly closing: AbortSignal;
}

/** Never rejects: what went wrong is an ending, and the road records it. */
export async function act(running: Running, grant: Grant, allowed: Allowed): Promise<Act<RunEnding>> {
  const keep = new OutputKeep(allowed.obligations.includes('log-full') && !allowed.obligations.includes('log-digest'));
  try {
    if (allowed.snapshot.revision !== running.revision)
      throw new Fault('bundle.stale', 'Another bundle came into force while this was decided. Run it again.');
    // The task may have touched more since this was planned.
    const least = leastFor(allowed.snapshot.settings, running, allowed.dataClass, running.spec.least);
    if (least !== running.spec.least) throw tooWeak(least, running.spec.least);
    return await inSandbox(running, grant, allowed, keep);
  } catch (thrown) {
    const fault = asFault(thrown);
    const { deps, spec } = running;
    const requestId = allowed.decision;
    deps.log.error('command.run', { code: fault.code, run: spec.identity.run, internal: fault.internalText ?? fault.message });
    const ending: RunEnding = { kind: 'failed', code: fault.code, message: fault.publicText, requestId };
    // Nobody knows how far a run came whose runner is gone.
    const unknown = fault.code === 'sandbox.lost';
    return {
      value: ending,
      status: unknown ? 'unknown' : 'failed',
      code: fault.code,
      charge: 'none',
      upstream: `sandbox:${running.backend.kind}`,
    };
  }
}

async function inSandbox(running: Running, grant: Grant, allowed: Allowed, keep: OutputKeep): Promise<Act<RunEnding>> {
  const { line, spec, backend } = running;
  const network = await openNetwork(running);
  let sandbox: Sandbox | undefined;
  try {
    if (line.signal.aborted) throw new Fault('request.invalid', 'The client went away before anything ran.');
    sandbox = await backend.create(grant, spec, network);
    const ended = await watched(running, sandbox, allowed, keep);
    const receipt = await receiptOf(running, sandbox, allowed, ended);
    return endedAct(running, allowed, { ended, receipt, keep });
  } finally {
    await sandbox?.dispose().catch((error: unknown) => running.deps.log.error('command.dispose', { error: String(error) }));
    await network?.serving.close().catch((error: unknown) => running.deps.log.error('command.network', { error: String(error) }));
    await network?.slot.close().catch((error: unknown) => running.deps.log.error('command.slot', { error: String(error) }));
  }
}

interface Network {
  readonly slot: EgressSlot;
  readonly serving: EgressServing;
}

async function openNetwork({ deps, who, egress, spec, trace, line }: Running): Promise<Network | undefined> {
  if (spec.network === 'none') return undefined;
  if (deps.network === undefined || egress === undefined)
    throw new Fault('sandbox.unenforceable', 'The profile wants the network door, and this node has none.');
  const slot = await deps.network.slots.take();
  try {
    const { run, repository } = spec.identity;
    const serving = deps.network.door.serve(slot, {
      caller: who.caller,
      run,
      repository,
      profile: egress,
      trace,
      signal: line.signal,
    });
    return { slot, serving };
  } catch (thrown) {
    await slot.close();
    throw thrown;
  }
}

async function watched(running: Running, sandbox: Sandbox, allowed: Allowed, keep: OutputKeep): Promise<RunEnd> {
  const { deps, line, who, closing, spec } = running;
  if (STRENGTHS.indexOf(sandbox.strength) < STRENGTHS.indexOf(spec.least))
    throw new Fault(
      'sandbox.unenforceable',
      `The profile asks for at least \`${spec.least}\`, and this is \`${sandbox.strength}\`.`,
    );
  const kill = (why: string): void => void sandbox.kill(why).catch(() => undefined);
  const watch = watchRights(deps, who.caller, kill);
  const cancelled = (): void => kill('cancelled');
  const stopped = (): void => kill('stopped');
  line.signal.addEventListener('abort', cancelled, { once: true });
  closing.addEventListener('abort', stopped, { once: true });
  try {
    if (line.signal.aborted) cancelled();
    if (closing.aborted) stopped();
    return await run(running, sandbox, allowed, keep);
  } finally {
    watch.stop();
    line.signal.removeEventListener('abort', cancelled);
    closing.removeEventListener('abort', stopped);
  }
}

/** The environment of the shell is built from nothing already; these switches make it read no file of its own either. */
const SHELL = ['--norc', '--noprofile', '-p', '-c', '--'];

async function run(running: Running, sandbox: Sandbox, allowed: Allowed, keep: OutputKeep): Promise<RunEnd> {
  const { line, open, place, verdict, spec } = running;
  const streams: RunStreams = {
    stdin: 'none',
    stdout: (chunk) => (keep.add('stdout', chunk), line.output('stdout', chunk)),
    stderr: (chunk) => (keep.add('stderr', chunk), line.output('stderr', chunk)),
    signal: line.signal,
  };
  const { command } = open;
  const withInput = (): RunStreams => (open.stdin ? { ...streams, stdin: inputOf(line) } : streams);
  const started = (shell: boolean): void =>
    line.tell('started', {
      run: spec.identity.run,
      decision: allowed.decision,
      profile: spec.profile,
      strength: sandbox.strength,
      shell,
    });
  if ('argv' in command) {
    started(false);
    return new Script(sandbox, withInput(), place.cwd).run([{ argv: command.argv, op: 'end', redirects: [], span: [0, 0] }]);
  }
  if (verdict.split.ok && !needsShell(verdict.split.commands)) {
    started(false);
    return new Script(sandbox, withInput(), place.cwd).run(verdict.split.commands);
  }
  started(true);
  return inShell(sandbox, streams, command.text, place.cwd);
}

async function inShell(sandbox: Sandbox, streams: RunStreams, text: string, cwd: string): Promise<RunEnd> {
  const program = await sandbox.resolve('bash');
  if (program === undefined) throw new Fault('sandbox.failed', 'There is no bash in the sandbox, and the text needs a shell.');
  const end = await sandbox.exec({ argv: [program, ...SHELL, text], cwd }, streams);
  return { end, pipe: [statusOf(end)], ran: [{ argv: ['bash', '-c', text], program, status: statusOf(end) }] };
}

function inputOf(line: Line): Readable {
  line.startStdin();
  const input = Readable.from(line.input(), { objectMode: false });
  // A client that goes away in the middle ends the run by itself.
  input.on('error', () => undefined);
  return input;
}

async function receiptOf(running: Running, sandbox: Sandbox, allowed: Allowed, ended: RunEnd): Promise<RunReceipt> {
  const { who, place, open, verdict, requestDigest } = running;
  const { end, pipe, ran } = ended;
  const made = await sandbox.dispose();
  return {
    ...made,
    decision: allowed.decision,
    agent: who.caller.agent.id,
    onBehalfOf: who.caller.onBehalfOf,
    mandate: who.caller.mandate?.id ?? null,
    workspace: place.workspace,
    cwd: place.cwd,
    exit: exitOf(end),
    ...(end.signal === undefined ? {} : { signal: end.signal }),
    ...(end.killed === undefined ? {} : { killed: end.killed }),
    pipe,
    shell: 'text' in open.command && !(verdict.split.ok && !needsShell(verdict.split.commands)),
    commands: ran,
    requestDigest,
  };
}

interface Settled {
  readonly ended: RunEnd;
  readonly receipt: RunReceipt;
  readonly keep: OutputKeep;
}

function endedAct(running: Running, allowed: Allowed, { ended, receipt, keep }: Settled): Act<RunEnding> {
  const { end } = ended;
  const code = outcomeCode(end);
  const { signal, killed, exit } = receipt;
  const ending: RunEnding = {
    kind: 'exited',
    exit,
    ...(signal === undefined ? {} : { signal }),
    ...(killed === undefined ? {} : { killed }),
    receipt,
  };
  // A duty to keep no texts covers the words of the command, too: what they were is in the digest.
  const kept = allowed.obligations.includes('log-digest') ? { ...receipt, commands: wordless(receipt) } : receipt;
  const payloads: ContentDraft[] = [
    { kind: 'receipt', class: allowed.dataClass, bytes: Buffer.from(canonicalize(kept as unknown as Json)) },
    ...keep.drafts(allowed.dataClass),
  ];
  return {
    value: ending,
    status: killed === 'cancelled' || killed === 'stopped' ? 'cancelled' : 'done',
    ...(code === undefined ? {} : { code }),
    charge: 'none',
    upstream: `sandbox:${running.backend.kind}`,
    payloads,
  };
}

const wordless = ({ commands }: RunReceipt) =>
  commands.map(({ argv, program, status }) => ({ argv: [`sha256:${hash('sha256', JSON.stringify(argv))}`], program, status }));
