/** One container as a sandbox. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Json } from '@countersign/kernel/json';
import { Fault } from '@countersign/kernel/fault';
import type {
  Sandbox,
  SandboxCommand,
  SandboxEnd,
  SandboxReceipt,
  SandboxSpec,
  SandboxStreams,
  Strength,
} from '../../ports/sandbox.ts';
import { PATH } from './arguments.ts';
import type { Holder } from './holder.ts';
import { memorySeen } from './memory.ts';
import type { ContainerProgram } from './program.ts';
import { relay } from './relay.ts';

export type Left = Pick<SandboxReceipt, 'sweep' | 'filesChanged'>;

export interface ContainerTerms {
  readonly program: ContainerProgram;
  readonly holder: Holder;
  readonly spec: SandboxSpec;
  readonly strength: Strength;
  /** Looks at what was left in the workspace. */
  readonly sweep: () => Promise<Left>;
}

/** Finds a program where the container has it; `$1` is its name. */
const FIND =
  'IFS=:; for folder in $PATH; do if [ -f "$folder/$1" ] && [ -x "$folder/$1" ]; then echo "$folder/$1"; exit 0; fi; done; exit 1';
/** Says its own id and becomes the command; `$1` is where. What reads it back may be lied to, by what it would end. */
const BECOME = 'echo $$ >"$1"; shift; exec "$@"';
const END = 'kill -KILL "$(cat "$1")"';
const KILLED = 137;

export class ContainerSandbox implements Sandbox {
  readonly strength: Strength;
  readonly #terms: ContainerTerms;
  readonly #startedMs = Date.now();
  readonly #found = new Map<string, string | undefined>();
  readonly #wall: NodeJS.Timeout | undefined;
  #commands = 0;
  #output = 0;
  #killed: string | undefined;
  #peak: number | undefined;
  #receipt: Promise<SandboxReceipt> | undefined;

  constructor(terms: ContainerTerms) {
    this.#terms = terms;
    this.strength = terms.strength;
    const { wallMs } = terms.spec.limits;
    if (wallMs > 0) this.#wall = setTimeout(() => void this.kill('time'), wallMs).unref();
  }

  async resolve(program: string): Promise<string | undefined> {
    if (this.#found.has(program)) return this.#found.get(program);
    const found = await this.#look(program);
    this.#found.set(program, found);
    return found;
  }

  async #look(program: string): Promise<string | undefined> {
    if (program === '' || program.includes('\n')) return undefined;
    const { holder } = this.#terms;
    if (program.includes('/')) {
      const seen = await this.#terms.program.call(['exec', holder.name, 'test', '-x', program]);
      return seen.code === 0 && program.startsWith('/') ? program : undefined;
    }
    const seen = await this.#terms.program.call(['exec', '--env', `PATH=${PATH}`, holder.name, 'sh', '-c', FIND, 'sh', program]);
    return seen.code === 0 && seen.stdout.startsWith('/') ? seen.stdout : undefined;
  }

  async exec({ argv, cwd, environment = {} }: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd> {
    if (this.#killed !== undefined) return { signal: 'SIGKILL', killed: this.#killed };
    const { program, holder, spec } = this.#terms;
    const own = `/tmp/.countersign-${++this.#commands}`;
    const variables = { ...spec.environment, ...environment };
    const stdin = streams.stdin === 'none' ? [] : ['--interactive'];
    const args = [
      ...['exec', ...stdin, '--workdir', cwd ?? spec.workspace.path],
      // By name alone: what an argument says, everybody on this machine can read.
      ...Object.keys(variables).flatMap((name) => ['--env', name]),
      ...[holder.name, 'sh', '-c', BECOME, 'sh', own, ...argv],
    ];
    const child = program.start(args, variables, streams.stdin === 'none' ? 'ignore' : 'pipe');
    const before = memorySeen(holder.memory).kills;
    const end = await relay(child, this.#counted(streams), () => void this.#cancel(own, child));
    return this.#judged(end, before, streams.signal?.aborted === true);
  }

  /** Ends one command: to end the program that speaks for it would leave it running. Where that fails, everything is ended. */
  async #cancel(own: string, child: ChildProcess): Promise<void> {
    const { program, holder } = this.#terms;
    const { code } = await program.call(['exec', holder.name, 'sh', '-c', END, 'sh', own]);
    if (code !== 0) await this.kill('cancelled');
    // What it started may hold its streams open; it ends with the container, and nobody waits for it.
    child.kill('SIGKILL');
  }

  #counted(streams: SandboxStreams): SandboxStreams {
    const { outputBytes } = this.#terms.spec.limits;
    const count = (chunk: Uint8Array): void => {
      this.#output += chunk.length;
      if (outputBytes > 0 && this.#output > outputBytes) void this.kill('output');
    };
    return {
      ...streams,
      stdout: (chunk) => {
        if (streams.counted !== false) count(chunk);
        return streams.stdout(chunk);
      },
      stderr: (chunk) => (count(chunk), streams.stderr(chunk)),
    };
  }

  #judged(end: { readonly code: number }, killsBefore: number, cancelled: boolean): SandboxEnd {
    if (this.#killed !== undefined) return { signal: 'SIGKILL', killed: this.#killed };
    if (cancelled) return { signal: 'SIGKILL', killed: 'cancelled' };
    const seen = memorySeen(this.#terms.holder.memory);
    if (end.code === KILLED && seen.kills > killsBefore) return { signal: 'SIGKILL', killed: 'memory' };
    // The program itself says so where the command could not be started.
    if (end.code === 125) throw new Fault('sandbox.failed', 'The container program could not run the command.');
    return { code: end.code };
  }

  async kill(why: string): Promise<void> {
    this.#killed ??= why;
    await this.#end();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#wall);
    this.#peak ??= memorySeen(this.#terms.holder.memory).peakBytes;
    await this.#terms.holder.end();
  }

  dispose(): Promise<SandboxReceipt> {
    this.#receipt ??= this.#dispose();
    return this.#receipt;
  }

  async #dispose(): Promise<SandboxReceipt> {
    await this.#end();
    const { spec, sweep } = this.#terms;
    const { identity, ...rest } = spec;
    return {
      run: identity.run,
      backend: 'container',
      strength: this.strength,
      profile: spec.profile,
      specDigest: createHash('sha256')
        .update(canonicalize(rest as unknown as Json))
        .digest('hex'),
      ...(this.#peak === undefined ? {} : { peakMemoryBytes: this.#peak }),
      wallMs: Date.now() - this.#startedMs,
      outputBytes: this.#output,
      ...(await sweep()),
    };
  }
}
