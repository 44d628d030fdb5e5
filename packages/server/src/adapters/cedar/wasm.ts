/**
 * cedar-wasm behind a worker thread. Untrusted text can crash the instance for good (deep nesting: "memory access out of bounds", and every later
 * call fails), or take for ever; so each batch has a deadline, and an instance that crashed or was late is thrown away with its thread.
 */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { Fault } from '@countersign/kernel/fault';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';

type CedarModule = typeof Cedar;
type Operation = {
  [Name in keyof CedarModule]: CedarModule[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof CedarModule];

// V8 of Node 20 can abort the whole process ("unreachable code" in its deoptimizer) when it inlines hot calls from JavaScript into WebAssembly.
// A thread does not contain that, so the inlining is off before the first instance exists. Flags are the process's, not the thread's.
if (Number.parseInt(process.versions.node, 10) < 24) setFlagsFromString('--no-turbo-inline-js-wasm-calls');

/** One call: the name of a function of cedar-wasm and its arguments. */
export type CedarCall = readonly [operation: Operation, ...args: readonly unknown[]];

/** Time for one batch, unless the caller knows better. */
const DEADLINE_MS = 20_000;
/** V8 heap of the worker; wasm memory comes on top, and ends with the worker. */
const HEAP_MB_MAX = 512;

// Source text and not a file, so that it is the same whether we run from sources or from the build.
const WORKER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const cedar = require(workerData.cedar);
parentPort.on('message', (calls) => {
  try {
    parentPort.postMessage({ results: calls.map(([operation, ...args]) => cedar[operation](...args)) });
  } catch (thrown) {
    parentPort.postMessage({ crashed: String(thrown) });
  }
});
`;

interface Reply {
  readonly results?: unknown[];
  readonly crashed?: string;
}

const failure = (internal: string): Fault =>
  new Fault('bundle.invalid', 'The Cedar parser could not cope with this text; it may be nested too deep.', { internal });

export class CedarInstance {
  #worker: Worker | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #generation = 0;

  /** Grows by one whenever a fresh instance takes over: what was preparsed before is gone. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Runs the calls in order on one instance. Rejects with `bundle.invalid` when the instance crashes or is late; the next call gets a fresh one.
   * Answers of type `failure` are answers.
   */
  run(calls: readonly CedarCall[], deadlineMs = DEADLINE_MS): Promise<unknown[]> {
    const turn = this.#queue.then(() => this.#runNow(calls, deadlineMs));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #open(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const cedar = createRequire(import.meta.url).resolve('@cedar-policy/cedar-wasm/nodejs');
    const worker = new Worker(WORKER_SOURCE, {
      eval: true,
      workerData: { cedar },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
      // The parser needs nothing of the process; its thread must not see secrets either.
      env: {},
      stdout: true,
      stderr: true,
    });
    worker.unref();
    this.#worker = worker;
    this.#generation += 1;
    return worker;
  }

  #runNow(calls: readonly CedarCall[], deadlineMs: number): Promise<unknown[]> {
    const worker = this.#open();
    return new Promise((resolve, reject) => {
      // A pending call keeps the process up, an idle worker does not.
      worker.ref();
      const finish = (settle: () => void, isUsable: boolean) => {
        clearTimeout(timer);
        worker.removeAllListeners('message');
        worker.removeAllListeners('error');
        worker.removeAllListeners('exit');
        worker.unref();
        if (!isUsable) {
          if (this.#worker === worker) this.#worker = undefined;
          worker.on('error', () => undefined);
          void worker.terminate();
        }
        settle();
      };
      const timer = setTimeout(
        () => finish(() => reject(failure(`cedar-wasm took more than ${deadlineMs} ms`)), false),
        deadlineMs,
      );
      worker.on('message', ({ results, crashed }: Reply) => {
        if (results !== undefined) finish(() => resolve(results), true);
        else finish(() => reject(failure(`cedar-wasm crashed: ${crashed ?? ''}`)), false);
      });
      worker.on('error', (error) => finish(() => reject(failure(`the cedar-wasm worker failed: ${error.message}`)), false));
      worker.on('exit', (code) => finish(() => reject(failure(`the cedar-wasm worker ended with ${code}`)), false));
      worker.postMessage(calls);
    });
  }
}

/** The instance for text: shared and replaced when it crashes. The oracle has one of its own, so that text cannot disturb it. */
export const textInstance = new CedarInstance();
