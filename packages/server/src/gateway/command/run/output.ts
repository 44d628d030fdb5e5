/** What a command printed, for the record where a policy wants it kept: the head and the tail of each stream. */
import type { DataClass } from '../../../ports/registry.ts';
import type { ContentDraft } from '../../../ports/road.ts';

const HEAD_BYTES = 128 * 1024;
const TAIL_BYTES = 128 * 1024;

interface Kept {
  readonly head: Buffer[];
  headBytes: number;
  tail: Buffer;
  bytes: number;
}

export class OutputKeep {
  readonly #wanted: boolean;
  readonly #streams = new Map<'stdout' | 'stderr', Kept>();

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  add(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (!this.#wanted) return;
    let kept = this.#streams.get(stream);
    if (kept === undefined) this.#streams.set(stream, (kept = { head: [], headBytes: 0, tail: Buffer.alloc(0), bytes: 0 }));
    kept.bytes += chunk.length;
    const room = Math.max(0, HEAD_BYTES - kept.headBytes);
    const head = chunk.subarray(0, room);
    if (head.length > 0) kept.head.push(Buffer.from(head));
    kept.headBytes += head.length;
    const rest = chunk.subarray(room);
    if (rest.length > 0) kept.tail = Buffer.concat([kept.tail, rest]).subarray(-TAIL_BYTES);
  }

  drafts(dataClass: DataClass): readonly ContentDraft[] {
    return [...this.#streams].map(([kind, { head, headBytes, tail, bytes }]) => {
      const left = bytes - headBytes - tail.length;
      const gap = left > 0 ? [Buffer.from(`\n[${left} bytes are not kept]\n`)] : [];
      return { kind, class: dataClass, bytes: Buffer.concat([...head, ...gap, tail]) };
    });
  }
}
