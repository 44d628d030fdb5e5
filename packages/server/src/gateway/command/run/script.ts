/**
 * Runs a split script without a shell: exactly the argument vectors that were judged, joined as bash joins them. `&&`, `||` and `;` go by exit
 * codes, the last command of a pipe counts, and what the others ended with is reported.
 */
import { PassThrough } from 'node:stream';
import type { SimpleCommand } from '@countersign/kernel/command';
import type { Sandbox, SandboxEnd, SandboxStreams } from '../../../ports/sandbox.ts';
import { changeFolder } from './folder.ts';
import { sinksOf } from './redirect.ts';
import type { RunCommand, RunEnd, RunStreams } from './run-types.ts';

/** Of a program that does not exist in the sandbox, as shells have it. */
const NOT_FOUND = 127;
/** Of a command whose reader went away. */
const PIPE_CLOSED: SandboxEnd = { signal: 'SIGPIPE' };

/** Built into shells, with an effect on the shell itself: without one there is nothing that they could do. `cd` is done here. */
const NEEDS_SHELL: ReadonlySet<string> = new Set(
  (
    '. : alias bg bind break builtin caller command compgen complete compopt continue coproc declare dirs disown enable eval exec exit export ' +
    'fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend times ' +
    'trap type typeset ulimit umask unalias unset wait'
  ).split(' '),
);

/** True where the script holds something that only a shell can do. */
export const needsShell = (commands: readonly SimpleCommand[]): boolean =>
  commands.some(
    ({ argv }) =>
      NEEDS_SHELL.has(argv[0] ?? '') || (argv[0] === 'cd' && argv.length > 2) || (argv[0] === 'printf' && argv[1] === '-v'),
  );

interface Pipeline {
  readonly commands: readonly SimpleCommand[];
  /** What joins it to the one before. */
  readonly after: '&&' | '||' | ';';
}

export class Script {
  readonly #sandbox: Sandbox;
  readonly #streams: RunStreams;
  readonly #ran: RunCommand[] = [];
  #cwd: string;
  #stdinTaken = false;

  constructor(sandbox: Sandbox, streams: RunStreams, cwd: string) {
    this.#sandbox = sandbox;
    this.#streams = streams;
    this.#cwd = cwd;
  }

  /** @returns how the last pipe that ran ended, and everything that ran */
  async run(commands: readonly SimpleCommand[]): Promise<RunEnd> {
    let last: SandboxEnd = { code: 0 };
    let pipe: readonly number[] = [0];
    for (const pipeline of pipelinesOf(commands)) {
      const worked = statusOf(last) === 0;
      if ((pipeline.after === '&&' && !worked) || (pipeline.after === '||' && worked)) continue;
      const ends = await this.#pipeline(pipeline.commands);
      last = ends.at(-1) ?? last;
      pipe = ends.map((end) => statusOf(end));
      if (this.#streams.signal.aborted || last.killed !== undefined) break;
    }
    return { end: last, pipe, ran: this.#ran };
  }

  async #pipeline(commands: readonly SimpleCommand[]): Promise<readonly SandboxEnd[]> {
    const [only] = commands;
    if (commands.length === 1 && only?.argv[0] === 'cd') return [await this.#changeFolder(only.argv)];
    const links = commands.slice(1).map(() => new Link());
    return Promise.all(commands.map((command, at) => this.#command(command, links[at - 1], links[at])));
  }

  async #changeFolder(argv: readonly string[]): Promise<SandboxEnd> {
    const changed = await changeFolder(this.#sandbox, this.#cwd, argv[1]);
    if (changed.ok) this.#cwd = changed.cwd;
    else await this.#complain(changed.why);
    this.#ran.push({ argv, program: null, status: changed.ok ? 0 : 1 });
    return { code: changed.ok ? 0 : 1 };
  }

  async #command({ argv, redirects }: SimpleCommand, before: Link | undefined, after: Link | undefined): Promise<SandboxEnd> {
    const end = await this.#start(argv, redirects, before, after);
    // Whoever writes to us learns that nobody reads any more when it writes again; whoever reads from us learns that there is no more.
    before?.close();
    after?.finish();
    return end;
  }

  async #start(
    argv: readonly string[],
    redirects: readonly string[],
    before: Link | undefined,
    after: Link | undefined,
  ): Promise<SandboxEnd> {
    // In a pipe a shell would change its folder in a process that ends at once.
    const [name = ''] = argv;
    if (name === 'cd') return { code: 0 };
    const program = await this.#sandbox.resolve(name);
    const ran = { argv, program: program ?? null };
    if (program === undefined) {
      await this.#complain(`${name}: there is no such program in the sandbox`);
      this.#ran.push({ ...ran, status: NOT_FOUND });
      return { code: NOT_FOUND };
    }
    const abort = new AbortController();
    const broken = { pipe: false };
    const out = after === undefined ? this.#streams.stdout : after.writer(() => ((broken.pipe = true), abort.abort()));
    const sinks = sinksOf(redirects, { stdout: out, stderr: this.#streams.stderr });
    const streams: SandboxStreams = {
      stdin: sinks.noInput ? 'none' : (before?.reader ?? this.#takeStdin()),
      stdout: sinks.stdout,
      stderr: sinks.stderr,
      ...(after === undefined ? {} : { counted: false }),
      signal: AbortSignal.any([abort.signal, this.#streams.signal]),
    };
    const ended = await this.#sandbox.exec({ argv: [program, ...argv.slice(1)], cwd: this.#cwd }, streams);
    const end = broken.pipe && !this.#streams.signal.aborted ? PIPE_CLOSED : ended;
    this.#ran.push({ ...ran, status: statusOf(end) });
    return end;
  }

  /** The first command that reads it has it; there is no second one who could know how far the first came. */
  #takeStdin(): SandboxStreams['stdin'] {
    if (this.#stdinTaken) return 'none';
    this.#stdinTaken = true;
    return this.#streams.stdin;
  }

  async #complain(text: string): Promise<void> {
    await this.#streams.stderr(Buffer.from(`countersign: ${text}\n`));
  }
}

/** What shells call `$?`. */
export function statusOf({ code, signal }: SandboxEnd): number {
  if (signal !== undefined) return 128 + (SIGNALS[signal] ?? 0);
  return code ?? 1;
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

function pipelinesOf(commands: readonly SimpleCommand[]): readonly Pipeline[] {
  const pipelines: Pipeline[] = [];
  let after: Pipeline['after'] = ';';
  let open: SimpleCommand[] = [];
  for (const command of commands) {
    open.push(command);
    if (command.op === '|') continue;
    pipelines.push({ commands: open, after });
    open = [];
    after = command.op === 'end' ? ';' : command.op;
  }
  return pipelines;
}

/** One `|`: what is written waits until it is read, and a writer whose reader ended is told when it writes again. */
class Link {
  readonly reader = new PassThrough({ highWaterMark: 64 * 1024 });
  #closed = false;

  constructor() {
    this.reader.on('error', () => undefined);
  }

  writer(onBroken: () => void): (chunk: Uint8Array) => void | Promise<void> {
    return (chunk) => {
      if (this.#closed) return onBroken();
      if (this.reader.write(chunk)) return undefined;
      return new Promise((resolve) => {
        const done = (): void => {
          this.reader.off('drain', done);
          this.reader.off('close', done);
          if (this.#closed) onBroken();
          resolve();
        };
        this.reader.on('drain', done);
        this.reader.on('close', done);
      });
    };
  }

  /** The reader ended. */
  close(): void {
    this.#closed = true;
    this.reader.destroy();
  }

  /** The writer ended. */
  finish(): void {
    if (!this.reader.destroyed) this.reader.end();
  }
}
