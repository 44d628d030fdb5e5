/** A promise, unless a signal comes first. */
import { abortedBy } from '../failed.ts';

/** @param sent what the failure says of it; @throws Failed when the signal comes first */
export async function within<T>(promise: Promise<T>, signal: AbortSignal, sent: boolean): Promise<T> {
  let quit: () => void = () => undefined;
  const aborted = new Promise<never>((_done, fail) => {
    quit = () => fail(abortedBy(signal, sent));
    signal.addEventListener('abort', quit, { once: true });
    if (signal.aborted) quit();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', quit);
  }
}
