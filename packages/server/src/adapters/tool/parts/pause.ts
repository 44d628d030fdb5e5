/** Waiting that ends with the signal. */
import { abortedBy } from '../failed.ts';

const POLL_MS = 1_000;
const POLL_MS_MIN = 50;
const POLL_MS_MAX = 5_000;

/** Between two questions after a task. @param asked milliseconds that the server suggests; @throws Failed when the signal comes first */
export function pollPause(asked: unknown, signal: AbortSignal): Promise<void> {
  const ms = typeof asked === 'number' && Number.isFinite(asked) ? Math.min(Math.max(asked, POLL_MS_MIN), POLL_MS_MAX) : POLL_MS;
  return pause(ms, signal, true);
}

/** @param sent what a failure says of it; @throws Failed when the signal comes first */
export function pause(ms: number, signal: AbortSignal, sent: boolean): Promise<void> {
  return new Promise((done, fail) => {
    if (signal.aborted) return fail(abortedBy(signal, sent));
    const quit = (): void => {
      clearTimeout(timer);
      fail(abortedBy(signal, sent));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', quit);
      done();
    }, ms);
    signal.addEventListener('abort', quit, { once: true });
  });
}
