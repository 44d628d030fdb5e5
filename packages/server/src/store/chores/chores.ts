/** What must be done from time to time, by any node: each chore may run on several nodes at once, and does its work once. */
import type { Log } from '../../ports/log.ts';

export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

/** Starts the chores; one that fails is told and tried again at its next time. @returns how to stop, waiting for what is under way */
export function startChores(chores: readonly Chore[], log: Log): () => Promise<void> {
  const stops = chores.map((chore) => start(chore, log));
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

function start({ name, everyMs, run }: Chore, log: Log): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      await run();
    } catch (thrown) {
      log.warn('store.chore-failed', { chore: name, error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    if (!stopped) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      underWay = once();
    }, everyMs);
    timer.unref();
  };
  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await underWay;
  };
}
