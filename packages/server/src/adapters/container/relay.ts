/** Between a child process and the streams of a command, with back-pressure both ways. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SandboxStreams } from '../../ports/sandbox.ts';

/** @param onAbort called once, when the signal aborts @returns its exit code; 128 and more for a signal */
export function relay(child: ChildProcess, streams: SandboxStreams, onAbort: () => void): Promise<{ readonly code: number }> {
  const { stdin, signal } = streams;
  if (stdin !== 'none' && child.stdin !== null) {
    child.stdin.on('error', () => undefined);
    stdin.pipe(child.stdin);
  }
  const read = [pour(child.stdout, streams.stdout), pour(child.stderr, streams.stderr)];
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return new Promise((resolve) => {
    const done = (code: number): void => {
      signal?.removeEventListener('abort', onAbort);
      if (stdin !== 'none') stdin.unpipe();
      void Promise.all(read).then(() => resolve({ code }));
    };
    child.on('error', () => done(125));
    child.on('close', (code, ended) => done(code ?? (ended === null ? 125 : 137)));
  });
}

/** A reader that throws is a stream that nobody reads any more. */
async function pour(from: Readable | null, to: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
  if (from === null) return;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) await to(chunk);
  } catch {
    from.destroy();
  }
}
