/**
 * One child process in a process group of its own. Ending it ends the group, whatever the child forked; a program that leaves its group
 * on purpose is a matter for a sandbox around it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Failed } from '../../failed.ts';
import { Lines } from '../../parts/lines.ts';

/** What is written to a child that does not read. */
const UNREAD_BYTES_MAX = 32 * 1_024 * 1_024;
const STDERR_LINE_BYTES_MAX = 2_048;
/** Standard error of one child that reaches the log; the rest is counted as noise. */
const STDERR_BYTES_MAX = 64 * 1_024;

/** For what is still in the pipes of a child that ended. */
const DRAIN_MS = 200;

/** What is still alive when this process ends, however it does so in order, goes with it. */
const LIVE = new Set<Child>();
let watching = false;

function endWithUs(child: Child): void {
  LIVE.add(child);
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const left of LIVE) left.kill(new Failed('reset', 'this process ends', { sent: true }));
  });
}

export interface ChildTerms {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly graceMs: number;
  readonly lineBytesMax: () => number;
  readonly line: (line: Buffer) => void;
  /** A line of standard error. */
  readonly said: (line: string) => void;
  /** Once, when nothing more comes. */
  readonly ended: (failed: Failed) => void;
}

export class Child {
  readonly #terms: ChildTerms;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #gone: Promise<void>;
  readonly #stdout: Lines;
  #ended = false;
  #groupGone = false;
  #stderrBytes = 0;

  /** Starts it; a program that cannot be started ends at once. */
  constructor(terms: ChildTerms) {
    this.#terms = terms;
    this.#process = spawn(terms.program, [...terms.args], {
      cwd: terms.cwd,
      env: { ...terms.env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const child = this.#process;
    // Not `close`: a grandchild that keeps the pipes open would delay it for ever.
    this.#gone = new Promise((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    endWithUs(this);
    child.once('error', (error) => {
      if (child.pid === undefined) LIVE.delete(this);
      this.#end(new Failed('refused', `cannot start: ${error.message}`, { sent: false }));
    });
    child.once('exit', (code, signal) => this.#exited(`ended with ${signal ?? code}`));
    child.stdin.on('error', () => undefined);
    this.#stdout = new Lines({
      line: terms.line,
      overflow: () => this.kill(new Failed('too-large', 'a line above the cap', { sent: true, answered: true })),
      bytesMax: terms.lineBytesMax,
    });
    child.stdout.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    child.stdout.on('error', () => undefined);
    this.#listen(child.stderr);
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /** What it has begun to say and not ended. */
  get unfinished(): Lines['unfinished'] {
    return this.#stdout.unfinished;
  }

  /** False where the child takes no more. */
  write(line: string): boolean {
    if (this.#ended || this.#process.stdin.writableLength > UNREAD_BYTES_MAX) return false;
    this.#process.stdin.write(`${line}\n`);
    return true;
  }

  /** Ends the whole group at once. */
  kill(failed: Failed): void {
    this.#signal('SIGKILL');
    this.#end(failed);
  }

  /** End of input, then a request to end, then the end. Resolves when the child is gone. */
  async close(): Promise<void> {
    this.#end(new Failed('reset', 'the child was ended', { sent: true }));
    this.#process.stdin.end();
    if (!(await this.#goneWithin(this.#terms.graceMs))) {
      this.#signal('SIGTERM');
      await this.#goneWithin(this.#terms.graceMs);
    }
    this.#signal('SIGKILL');
    await this.#goneWithin(this.#terms.graceMs);
  }

  #listen(stderr: Readable): void {
    const lines = new Lines({
      line: (line) => {
        if (this.#stderrBytes > STDERR_BYTES_MAX) return;
        this.#stderrBytes += line.length;
        this.#terms.said(line.subarray(0, STDERR_LINE_BYTES_MAX).toString('utf8'));
      },
      overflow: () => undefined,
      bytesMax: () => STDERR_BYTES_MAX,
    });
    stderr.on('data', (chunk: Buffer) => lines.push(chunk));
    stderr.on('error', () => undefined);
  }

  /** The group ends with its leader. What was written before is still read: it has come when the pipes close. */
  #exited(how: string): void {
    this.#signal('SIGKILL');
    this.#groupGone = true;
    LIVE.delete(this);
    const late = setTimeout(() => this.#end(new Failed('reset', how, { sent: true })), DRAIN_MS);
    this.#process.once('close', () => {
      clearTimeout(late);
      this.#end(new Failed('reset', how, { sent: true }));
    });
  }

  #end(failed: Failed): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#terms.ended(failed);
  }

  #goneWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((done) => {
      timer = setTimeout(() => done(false), ms);
    });
    return Promise.race([this.#gone.then(() => true), late]).finally(() => clearTimeout(timer));
  }

  /** To the group, with all that the child forked. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    // A number is given out again once its group is gone.
    if (pid === undefined || this.#groupGone) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in it.
    }
  }
}
