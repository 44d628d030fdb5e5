/** Waiting for a person: the row is polled, faster at first. A store that is away for a moment does not end the wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Store, statement } from '../postgres/index.ts';

const POLL_MIN_MS = 25;
const POLL_MAX_MS = 100;
const GROWTH = 1.3;

const IS_OPEN = statement(
  `select 1 as one from approval where org = $1 and id = $2 and state = 'open' and expires_at > clock_timestamp()`,
);

export interface Wait {
  readonly org: string;
  readonly id: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Resolves when the request is no longer open, after `timeoutMs`, or when the signal aborts. */
export async function waitUntilDecided(store: Store, { org, id, timeoutMs, signal }: Wait): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = POLL_MIN_MS; ; pause = Math.min(pause * GROWTH, POLL_MAX_MS)) {
    if (signal?.aborted === true) return;
    const open = await store.query(IS_OPEN, [org, id]).catch(() => [undefined]);
    if (open.length === 0) return;
    const left = deadline - performance.now();
    if (left <= 0) return;
    await sleep(Math.min(pause, left), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
