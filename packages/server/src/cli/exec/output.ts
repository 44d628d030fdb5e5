/** What the command prints: passed on byte for byte, or kept for one document where JSON is asked for. */
import type { Call } from '../call.ts';

/** Kept of each stream for the document. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

export class Output {
  readonly #call: Call;
  readonly #kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  readonly #bytes = { stdout: 0, stderr: 0 };

  constructor(call: Call) {
    this.#call = call;
  }

  take(stream: 'stdout' | 'stderr', chunk: Buffer, drained: () => void): boolean {
    if (this.#call.json) {
      const room = KEPT_BYTES_MAX - this.#bytes[stream];
      this.#bytes[stream] += chunk.length;
      if (room > 0) this.#kept[stream].push(Buffer.from(chunk.subarray(0, room)));
      return true;
    }
    const raw = this.#call.io.raw?.[stream];
    if (raw === undefined) {
      if (stream === 'stdout') this.#call.io.out(chunk.toString('utf8'));
      else this.#call.io.err(chunk.toString('utf8'));
      return true;
    }
    if (raw.write(chunk)) return true;
    raw.once('drain', drained);
    return false;
  }

  /** For the document: texts, and whether they are whole. */
  document(): { readonly stdout: string; readonly stderr: string; readonly whole: boolean } {
    const text = (stream: 'stdout' | 'stderr') => Buffer.concat(this.#kept[stream]).toString('utf8');
    return {
      stdout: text('stdout'),
      stderr: text('stderr'),
      whole: Math.max(this.#bytes.stdout, this.#bytes.stderr) <= KEPT_BYTES_MAX,
    };
  }
}
