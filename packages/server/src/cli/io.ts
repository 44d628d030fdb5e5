import { once } from 'node:events';
import { addAbortSignal } from 'node:stream';
import type { PolicyTools } from './tools.ts';

/** Streams of this process as they are, for commands that pass bytes on. */
export interface RawIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Everything a command touches outside of itself, so that tests own it. Data goes to `out`, narration to `err`. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Writes data, and resolves when the reader has room for more. */
  outDrained(text: string): Promise<void>;
  /** Standard input, to its end. */
  input(): AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly fetch: typeof fetch;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly tools: PolicyTools;
  /** Absent where there are none: what is printed is then text. */
  readonly raw?: RawIo;
}

export function processIo(tools: PolicyTools): Io {
  const abort = new AbortController();
  const stop = () => {
    // A second Ctrl-C ends the process at once.
    process.removeListener('SIGINT', stop);
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A reader that went away (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outDrained: async (text) => {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    },
    // An end by the person ends the reading, too.
    input: () => addAbortSignal(abort.signal, process.stdin),
    env: process.env,
    cwd: process.cwd(),
    fetch: (...given) => fetch(...given),
    signal: abort.signal,
    now: () => Date.now(),
    tools,
    // Asked for late: a stream that nobody needs is not opened.
    raw: {
      get stdin() {
        return process.stdin;
      },
      stdout: process.stdout,
      stderr: process.stderr,
    },
  };
}
