/** What a command writes: passed on as fast as it is taken, counted, and cut off at the limit. */
import type { Readable } from 'node:stream';

export class OutputMeter {
  readonly #max: number;
  readonly #over: () => void;
  #bytes = 0;

  /** @param over called once, when the limit is reached */
  constructor(max: number, over: () => void) {
    this.#max = max;
    this.#over = over;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What may still be passed on of a chunk. */
  admit(chunk: Buffer): Buffer {
    const left = this.#max - this.#bytes;
    if (left <= 0) return chunk.subarray(0, 0);
    this.#bytes += Math.min(chunk.length, left);
    if (chunk.length < left) return chunk;
    this.#over();
    return chunk.subarray(0, left);
  }
}

export interface PourTerms {
  readonly from: Readable;
  readonly to: (chunk: Uint8Array) => void | Promise<void>;
  /** Absent: it stays within the sandbox, and does not count. */
  readonly meter: OutputMeter | undefined;
  readonly keep?: (chunk: Buffer) => void;
}

/** Resolves when the stream has ended and the last chunk was taken. A taker that fails closes the stream. */
export function pour({ from, to, meter, keep }: PourTerms): Promise<void> {
  return new Promise((resolve) => {
    let taking: Promise<void> | undefined;
    const give = (chunk: Buffer): void => {
      const taken = to(chunk);
      if (!(taken instanceof Promise)) return;
      from.pause();
      taking = taken.then(
        () => void from.resume(),
        () => void from.destroy(),
      );
    };
    from.on('data', (chunk: Buffer) => {
      keep?.(chunk);
      const admitted = meter === undefined ? chunk : meter.admit(chunk);
      if (admitted.length === 0) return;
      try {
        give(admitted);
      } catch {
        from.destroy();
      }
    });
    from.once('error', () => undefined);
    from.once('close', () => void (taking ?? Promise.resolve()).then(resolve));
  });
}
