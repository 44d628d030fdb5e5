/**
 * Scripts are parsed in a thread with a deadline. One that overruns ends the thread, which stops even a parse that would never return; the
 * next script gets a new one.
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../../ports/log.ts';
import type { NotInspected, ScriptFindings, ShellScript } from '../../ports/shell-script.ts';
import { WorkDeadline } from '../shared/work-deadline.ts';
import type { Answer, Job } from './protocol.ts';

/** Units of a text. The splitter takes no more. */
const TEXT_MAX = 65_536;
/** Milliseconds for one text. 60 KB take about a tenth of it. */
const DEADLINE_MS = 1_000;
/** Milliseconds for a thread to load the parser. */
const START_MS_MAX = 15_000;
/** Texts that may wait; what comes on top is not looked into, so that a flood cannot fill the memory. */
const QUEUE_MAX = 256;
/** Threads that may end before they are ready, one after another, until none is started any more: the parser is not there. */
const STILLBORN_MAX = 3;

interface Waiting {
  readonly text: string;
  readonly settle: (findings: ScriptFindings) => void;
}

export interface ShellScriptOptions {
  readonly log: Log;
  readonly deadlineMs?: number;
  /** The worker's script, where it is not the one beside this file. */
  readonly script?: URL;
}

const nothing = (notInspected: NotInspected): ScriptFindings => ({ commands: [], notInspected });

class Inspector implements ShellScript {
  readonly #options: Required<ShellScriptOptions>;
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #current: { readonly id: number; readonly waiting: Waiting } | undefined;
  #deadline: WorkDeadline | undefined;
  #nextId = 1;
  #stillborn = 0;
  #isClosed = false;

  constructor(options: Required<ShellScriptOptions>) {
    this.#options = options;
  }

  inspect(text: string): Promise<ScriptFindings> {
    if (text.length > TEXT_MAX) return Promise.resolve(nothing('size'));
    if (this.#isClosed || this.#stillborn >= STILLBORN_MAX || this.#queue.length >= QUEUE_MAX)
      return Promise.resolve(nothing('failed'));
    return new Promise((settle) => {
      this.#queue.push({ text, settle });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of this.#queue.splice(0)) settle(nothing('failed'));
    await this.#end('failed');
  }

  #next(): void {
    if (this.#current !== undefined || this.#queue.length === 0) return;
    if (this.#worker === undefined) this.#start();
    else if (this.#isReady) this.#send(this.#worker);
  }

  #start(): void {
    // Flags of this process are about its own start: conditions of a test runner would lead a worker elsewhere.
    const worker = new Worker(this.#options.script, { execArgv: [] });
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#options.log.error('script parser failed', { error: error.name }));
    worker.on('exit', () => this.#lost(worker));
    this.#deadline = new WorkDeadline(START_MS_MAX, () => void this.#end('deadline'));
  }

  #send(worker: Worker): void {
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    const id = this.#nextId++;
    this.#current = { id, waiting };
    this.#deadline = new WorkDeadline(this.#options.deadlineMs, () => void this.#end('deadline'));
    worker.ref();
    worker.postMessage({ id, text: waiting.text } satisfies Job);
  }

  #answered(worker: Worker, { id, commands, hasError }: Answer): void {
    if (worker !== this.#worker || (id !== 0 && id !== this.#current?.id)) return;
    this.#deadline?.stop();
    // An idle parser keeps no process alive.
    worker.unref();
    this.#isReady = true;
    this.#stillborn = 0;
    if (id !== 0) this.#settle({ commands: commands ?? [], ...(hasError === true ? { notInspected: 'parse' as const } : {}) });
    this.#next();
  }

  #settle(findings: ScriptFindings): void {
    const { waiting } = this.#current ?? {};
    this.#current = undefined;
    waiting?.settle(findings);
  }

  /** Ends the thread, and answers the script that it was at. One that never came up answers the first that waits. */
  async #end(why: NotInspected): Promise<void> {
    const worker = this.#worker;
    this.#forget(why);
    await worker?.terminate();
    this.#next();
  }

  /** A thread that ended by itself. */
  #lost(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#forget('failed');
    this.#next();
  }

  #forget(why: NotInspected): void {
    this.#deadline?.stop();
    if (!this.#isReady) this.#stillborn += 1;
    this.#worker = undefined;
    this.#isReady = false;
    if (why === 'deadline') this.#options.log.warn('script parser overran its deadline');
    if (this.#current === undefined) this.#queue.shift()?.settle(nothing(why));
    this.#settle(nothing(why));
  }
}

/** The thread starts with the first script. `close` ends it. */
export const openShellScript = ({
  log,
  deadlineMs = DEADLINE_MS,
  script = new URL('./worker.js', import.meta.url),
}: ShellScriptOptions): ShellScript => new Inspector({ log, deadlineMs, script });
