/**
 * A shell that waits for the line that makes it a sandbox. It is started ahead of need, as the run's user and in its namespaces, so that what
 * remains for the moment of need is one `exec` of bwrap. INVARIANT: it reads from descriptor 3 only; when this process dies it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import { Fault } from '@countersign/kernel/fault';
import { coverInherited } from './descriptors.ts';
import { Pipes, type Streams } from './pipes.ts';
import { startOf } from './places.ts';
import { LOOP } from './shell-text.ts';

/** Descriptors of the shell: the command's input, its line, the arguments of bwrap, and what bwrap says of itself. */
const [INPUT, LINES, ARGUMENTS, STATUS] = [0, 3, 4, 5] as const;
/** From here on: namespaces to enter. One digit each, since a shell cannot name more. */
export const FIRST_NAMESPACE = 6;
const LAST_DIGIT = 9;

/** A machine that is busy with everything else still gets there. */
const READY_MS = 30_000;
const TAIL_BYTES = 2_000;
/** Killed processes end as soon as the kernel lets them run. */
const GONE_MS = 5_000;
const GONE_PAUSE_MS = 5;

export interface HolderTerms {
  /** Programs that each start the next one: `nsenter ...`, `unshare ...`; the shell comes last. */
  readonly prefix: readonly string[];
  /** The run's user, where we may choose it. */
  readonly uid?: number;
  /** Given to the prefix from descriptor 6 on, and closed in the shell. */
  readonly namespaces: readonly number[];
  /** Folder for its pipes, as the shell sees it. */
  readonly pipes: string;
  /** What is done before it is ready; each step needs the one before. */
  readonly prepare: readonly string[];
}

/** Before what a holder does: nothing of ours stays open in it. */
const CLOSE_NAMESPACES = `exec ${Array.from({ length: LAST_DIGIT - FIRST_NAMESPACE + 1 }, (_, index) => `${FIRST_NAMESPACE + index}<&-`).join(' ')}`;

const sayDone = (step: number): string => `echo done-${step} >&${STATUS}`;
/** The last step of preparation. */
export const SAY_READY = sayDone(0);
/** Steps of which each needs the one before. INVARIANT: a shell in which one failed does nothing else: it may still be root. */
export const orExit = (steps: readonly string[]): string => `{ ${steps.join(' && ')}; } || exit 1`;

export class Holder {
  readonly child: ChildProcess;
  readonly pid: number;
  #status = '';
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;
  #steps = 0;
  readonly #waiting = new Map<string, () => void>();
  readonly #pipes: Pipes;
  readonly #ready: Promise<void>;
  readonly #ended: Promise<string>;

  constructor({ prefix, uid, namespaces, prepare, pipes }: HolderTerms) {
    this.#pipes = new Pipes(pipes);
    const argv = [...prefix, '/bin/sh', '-c', LOOP];
    this.child = spawn(argv[0] ?? '/bin/sh', argv.slice(1), {
      stdio: [
        ...(['pipe', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as const),
        ...namespaces,
        ...coverInherited(FIRST_NAMESPACE + namespaces.length),
      ],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.pid = this.child.pid ?? -1;
    this.#ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
    });
    this.#readStatus();
    // Kept until somebody reads: what goes wrong before is told with the fault.
    this.child.stderr?.on('data', this.keep);
    this.#ready = this.#until(0);
    this.#ready.catch(() => undefined);
    for (const index of [INPUT, LINES, ARGUMENTS]) this.#pipe(index).on('error', () => undefined);
    this.line(`${CLOSE_NAMESPACES}; ${orExit([...prepare, ...this.pipeSteps, SAY_READY])}`);
  }

  #pipe(index: number): Readable | Writable {
    const stream = this.child.stdio[index];
    if (stream === null || stream === undefined)
      throw new Fault('sandbox.failed', 'The sandbox could not be started.', { internal: 'no pipes' });
    return stream;
  }

  #readStatus(): void {
    const decoder = new StringDecoder('utf8');
    this.#pipe(STATUS).on('data', (chunk: Buffer) => {
      this.#status += decoder.write(chunk);
      for (const [step, resolve] of this.#waiting) if (this.#status.includes(`${step}\n`)) resolve();
    });
  }

  #until(step: number): Promise<void> {
    const name = `done-${step}`;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('not ready in time'), READY_MS).unref();
    });
    const done = new Promise<undefined>((resolve) => this.#waiting.set(name, () => resolve(undefined)));
    return Promise.race([done, late, this.#ended]).then((why) => {
      clearTimeout(timer);
      this.#waiting.delete(name);
      if (why === undefined) return;
      this.kill();
      throw new Fault(
        'sandbox.failed',
        'The sandbox could not be prepared; `countersign doctor` tells what this machine lacks.',
        {
          internal: `${why}: ${this.tail()}`,
        },
      );
    });
  }

  /** Steps in the shell, one after the other. @throws Fault sandbox.failed when one fails; the shell has ended then */
  step(steps: readonly string[]): Promise<void> {
    this.#steps += 1;
    const until = this.#until(this.#steps);
    this.line(orExit([...steps, sayDone(this.#steps)]));
    return until;
  }

  readonly keep = (chunk: Buffer): void => {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) > TAIL_BYTES) this.#tailBytes -= this.#tail.shift()?.length ?? 0;
  };

  /** The last that was written to standard error, for the log. */
  tail(): string {
    return Buffer.concat(this.#tail).subarray(-TAIL_BYTES).toString('utf8').trim();
  }

  /** @throws Fault sandbox.failed when it could not be prepared */
  ready(): Promise<void> {
    return this.#ready;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.pid > 0;
  }

  /** One line for the shell; see `word`. */
  line(text: string): void {
    (this.#pipe(LINES) as Writable).write(`${text}\n`);
  }

  /** Redirections for the program that takes the shell's place. */
  get redirects(): string {
    return this.#pipes.redirects;
  }

  get input(): Writable {
    return this.#pipe(INPUT) as Writable;
  }

  /** Our ends of the command's output; once, when it is ready. */
  streams(): Streams {
    return this.#pipes.open(`/proc/${this.pid}/root`);
  }

  /** For a shell that takes the place of the first one. */
  get pipeSteps(): string[] {
    return this.#pipes.steps;
  }

  /** The arguments of bwrap, each ended by a NUL; they never show in a list of processes. */
  arguments(list: readonly string[]): void {
    (this.#pipe(ARGUMENTS) as Writable).end(list.map((each) => `${each}\0`).join(''));
  }

  /** Exit code that bwrap reported of the command; undefined when the command was never started. */
  reported(): number | undefined {
    const found = /"exit-code":\s*(\d+)/.exec(this.#status)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  kill(): void {
    if (this.alive) this.child.kill('SIGKILL');
  }

  /**
   * Resolves when nothing of the command runs any more. bwrap that is killed ends before the first process of its PID namespace does, and the
   * kernel lets that one end only after all others in there (pid_namespaces(7)). In any case after `GONE_MS`.
   */
  async gone(): Promise<void> {
    const first = /"child-pid":\s*(\d+)/.exec(this.#status)?.[1];
    if (first === undefined) return;
    for (const until = performance.now() + GONE_MS; startOf(Number(first)) !== undefined && performance.now() < until; )
      await new Promise((resolve) => setTimeout(resolve, GONE_PAUSE_MS));
  }

  /** While it waits, it does not keep this process from ending. */
  idle(): void {
    this.child.unref();
    for (const stream of this.child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  }

  busy(): void {
    this.child.ref();
    for (const stream of this.child.stdio) (stream as { ref?: () => void } | null)?.ref?.();
  }
}
