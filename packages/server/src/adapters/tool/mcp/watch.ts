/** Streams on which servers tell of changes: opened again when they end, given up where a server has none. */
import { asFailed } from '../failed.ts';
import { StatusFailed } from '../wire/http/reply.ts';
import type { HttpWire } from '../wire/http/wire.ts';

const AGAIN_MS = 1_000;
const AGAIN_MS_MAX = 60_000;

interface Watched {
  readonly alive: boolean;
}

/** @param listen resolves or rejects at the end of one stream */
export function keepListening(watched: Watched, listen: () => Promise<void>): void {
  let waitMs = AGAIN_MS;
  const again = (): void => {
    if (!watched.alive) return;
    const begun = performance.now();
    listen().then(
      () => later(begun),
      (thrown: unknown) => {
        // Not offered, or not with our credential: asking again would change nothing.
        if (thrown instanceof StatusFailed && thrown.status >= 400 && thrown.status < 500) return;
        if (asFailed(thrown).kind !== 'garbage') later(begun);
      },
    );
  };
  const later = (begun: number): void => {
    waitMs = performance.now() - begun > AGAIN_MS_MAX ? AGAIN_MS : Math.min(waitMs * 2, AGAIN_MS_MAX);
    setTimeout(again, waitMs).unref();
  };
  again();
}

/** The stream of a legacy session. @returns resolves when it is open, or when it is known that it is not open now */
export const watchStream = (wire: HttpWire): Promise<void> =>
  new Promise((known) => keepListening(wire, () => wire.listen(known).finally(known)));
