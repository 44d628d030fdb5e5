/** Lines of a stream of bytes, each with its own end in sight: no line is held beyond a limit, and none is decoded by guessing. */

/** One line without its line break; `undefined` bytes where it was longer than the limit. */
export type Line = Uint8Array | undefined;

const LINE_FEED = 10;

/** Collects the chunks of one line, and drops them once there are too many. */
class Pending {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  take(): Line {
    const [only] = this.#chunks;
    const isWhole = this.#chunks.length === 1 && only !== undefined;
    const line = this.#bytes > this.#bytesMax ? undefined : isWhole ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    return line;
  }
}

/** Yields the lines of each chunk together, so that a caller can answer them at once. What follows the last line break is a line, too. */
export async function* lineBatches(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Line[]> {
  const pending = new Pending(bytesMax);
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      pending.add(chunk.subarray(from, to));
      lines.push(pending.take());
      from = to + 1;
    }
    if (from < chunk.length) pending.add(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (!pending.isEmpty) yield [pending.take()];
}
