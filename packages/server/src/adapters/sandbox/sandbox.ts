/** One sandbox: a ground, a group of limits, and the commands that run on it. */
import type { Socket } from 'node:net';
import { Fault } from '@countersign/kernel/fault';
import type {
  Sandbox,
  SandboxCommand,
  SandboxEnd,
  SandboxReceipt,
  SandboxSpec,
  SandboxStreams,
  Strength,
  SweepFinding,
} from '../../ports/sandbox.ts';
import { isPlainPath } from '../../ports/sandbox-profile.ts';
import { commandArguments } from './arguments.ts';
import type { Group } from './cgroup/index.ts';
import type { Ground } from './ground.ts';
import type { Holder } from './holder.ts';
import { OutputMeter, pour } from './output.ts';
import { findProgram } from './program.ts';
import { word, words } from './shell-text.ts';
import type { View } from './view.ts';

export interface SandboxParts {
  readonly spec: SandboxSpec;
  readonly specDigest: string;
  readonly view: View;
  readonly ground: Ground;
  readonly group: Group;
  /** Of bwrap, without the command. */
  readonly arguments: readonly string[];
  readonly bwrap: string;
  readonly filter: string;
  /** Takes everything down, after the last process has ended. */
  readonly undo: () => Promise<Undone>;
}

export interface Undone {
  readonly sweep: readonly SweepFinding[];
  readonly filesChanged?: number;
  readonly egress?: NonNullable<SandboxReceipt['egress']>;
}

/** Descriptor of the filter in the shell; those of the namespaces are closed by then. */
const FILTER = 6;
/** A shell counts in blocks. */
const BLOCK_BYTES = 512;

interface Running {
  readonly holder: Holder;
  readonly closed: Promise<void>;
  why: string | undefined;
}

export class BwrapSandbox implements Sandbox {
  readonly strength: Strength = 'bwrap';
  readonly #parts: SandboxParts;
  readonly #running = new Set<Running>();
  readonly #meter: OutputMeter;
  readonly #began = performance.now();
  #killed: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #receipt: Promise<SandboxReceipt> | undefined;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.#meter = new OutputMeter(parts.spec.limits.outputBytes, () => void this.kill('output'));
  }

  resolve(program: string): Promise<string | undefined> {
    return Promise.resolve(findProgram(program, this.#parts.spec, this.#parts.view));
  }

  async exec(command: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd> {
    this.#check(command);
    const holder = await this.#parts.ground.take();
    if (this.#killed !== undefined || streams.signal?.aborted === true) {
      holder.kill();
      return { signal: 'SIGKILL', killed: this.#killed ?? 'cancelled' };
    }
    this.#timer ??= setTimeout(() => void this.kill('time'), this.#parts.spec.limits.wallMs).unref();
    return this.#follow(holder, command, streams);
  }

  #check({ argv, cwd }: SandboxCommand): void {
    if (this.#receipt !== undefined || this.#killed !== undefined)
      throw new Fault('sandbox.failed', `The sandbox has ended${this.#killed === undefined ? '' : ` (${this.#killed})`}.`);
    if (argv.length === 0 || argv.some((each) => each.includes('\0')))
      throw new Fault('request.invalid', 'A command is a program and its arguments, without NUL bytes.');
    if (cwd !== undefined && !isPlainPath(cwd))
      throw new Fault('request.invalid', `The working directory \`${cwd}\` is not an absolute path in its plain form.`);
  }

  async #follow(holder: Holder, command: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd> {
    const { child } = holder;
    const { group } = this.#parts;
    const before = group.usage().memoryKills;
    const exited = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal))).then(
      async (signal) => {
        if (signal !== null) await holder.gone();
        return signal;
      },
    );
    const running: Running = { holder, closed: exited.then(() => undefined), why: undefined };
    this.#running.add(running);
    const cancel = (): void => {
      running.why = 'cancelled';
      holder.kill();
    };
    try {
      group.attach(holder.pid);
      const poured = this.#connect(holder, streams);
      this.#start(holder, command, streams.stdin === 'none');
      streams.signal?.addEventListener('abort', cancel);
      const signal = await exited;
      await poured;
      return this.#endOf(running, signal, group.usage().memoryKills > before);
    } catch (cause) {
      holder.kill();
      if (cause instanceof Fault) throw cause;
      throw new Fault('sandbox.failed', 'The command could not be put under its limits.', { cause, internal: String(cause) });
    } finally {
      streams.signal?.removeEventListener('abort', cancel);
      this.#running.delete(running);
    }
  }

  #start(holder: Holder, command: SandboxCommand, noInput: boolean): void {
    const { arguments: list, bwrap, filter, view, spec } = this.#parts;
    const { fileBytes, openFiles } = spec.limits;
    const limits = ['ulimit -c 0', `ulimit -n ${openFiles}`, `ulimit -f ${Math.ceil(fileBytes / BLOCK_BYTES)}`].join(' && ');
    const options = ['--seccomp', String(FILTER), '--json-status-fd', '5', ...commandArguments(command, view)];
    holder.arguments([...list, ...options]);
    holder.line(
      `exec 3<&-; { ${limits}; } || exit 1; exec ${word(bwrap)} --args 4 -- ${words(command.argv)} ${noInput ? '0</dev/null ' : ''}${holder.redirects} ${FILTER}<${word(filter)}`,
    );
  }

  #connect(holder: Holder, { stdin, stdout, stderr, counted }: SandboxStreams): Promise<unknown> {
    const ends = holder.streams();
    for (const end of Object.values(ends) as Socket[]) end.on('error', () => undefined);
    const { input } = holder;
    if (stdin === 'none') input.end();
    else stdin.pipe(input);
    // A command that does not read all of its input has ended all the same.
    holder.child.once('exit', () => {
      if (stdin !== 'none') stdin.unpipe(input);
      input.destroy();
    });
    const meter = counted === false ? undefined : this.#meter;
    return Promise.all([
      pour({ from: ends.stdout, to: stdout, meter }),
      pour({ from: ends.stderr, to: stderr, meter: this.#meter, keep: holder.keep }),
    ]);
  }

  #endOf({ holder, why }: Running, signal: NodeJS.Signals | null, memory: boolean): SandboxEnd {
    const killed = why ?? this.#killed ?? (memory ? 'memory' : undefined);
    const code = holder.reported();
    if (killed !== undefined) return code === undefined ? { signal: 'SIGKILL', killed } : { code, killed };
    if (code !== undefined) return { code };
    if (signal !== null) return { signal };
    throw new Fault('sandbox.failed', 'The command could not be started in the sandbox.', { internal: holder.tail() });
  }

  kill(why: string): Promise<void> {
    this.#killed ??= why;
    for (const each of this.#running) each.holder.kill();
    this.#parts.group.kill();
    return Promise.all([...this.#running].map(({ closed }) => closed)).then(() => undefined);
  }

  dispose(): Promise<SandboxReceipt> {
    this.#receipt ??= this.#dispose();
    return this.#receipt;
  }

  async #dispose(): Promise<SandboxReceipt> {
    clearTimeout(this.#timer);
    await this.kill('disposed');
    const { spec, specDigest, group, undo } = this.#parts;
    const { peakMemoryBytes, cpuMs } = group.usage();
    const undone = await undo();
    return {
      run: spec.identity.run,
      backend: 'bwrap',
      strength: this.strength,
      profile: spec.profile,
      specDigest,
      ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
      ...(cpuMs === undefined ? {} : { cpuMs }),
      wallMs: Math.round(performance.now() - this.#began),
      outputBytes: this.#meter.bytes,
      ...undone,
    };
  }
}
