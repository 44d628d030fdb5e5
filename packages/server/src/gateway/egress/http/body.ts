/** Bodies from one side to the other, piece by piece: never held, counted before they go on, framed anew. */
import type { Socket } from 'node:net';
import { type Inlet, isInletProblem, write } from '../flow/inlet.ts';
import { CHUNK_END, chunkHead, ChunkedReader, type ChunkedStep, LAST_CHUNK } from './chunked.ts';
import type { Framing } from './head.ts';

/** `cap`: the meter said no. `reader-gone`: nobody takes it any more. */
export type BodyProblem = 'cut' | 'garbled' | 'timeout' | 'cap' | 'reader-gone';

export interface BodyWay {
  readonly from: Inlet;
  readonly framing: Framing;
  readonly to: Socket;
  readonly framed: 'as-is' | 'chunked';
  /** Called with the size of each piece before it goes on; false ends it. */
  readonly count: (bytes: number) => boolean;
  /** Looks at content before it goes on; may hold back an end. Sizes stay the same in all. */
  readonly change?: { push(bytes: Buffer): Buffer; end(): Buffer };
  readonly idleMs: number;
}

export async function passBody(way: BodyWay): Promise<'done' | BodyProblem> {
  const { framing } = way;
  if (framing.kind === 'none') return finish(way);
  const reader = framing.kind === 'chunked' ? new ChunkedReader() : new PlainReader(framing);
  for (let done = reader.done; !done; ) {
    const bytes = await way.from.nextWithin(way.idleMs);
    if (isInletProblem(bytes)) {
      // A connection that was reset in the middle looks like one that ended: only a clean end counts.
      if (framing.kind === 'close' && bytes === 'gone' && way.from.endedCleanly) break;
      return bytes === 'timeout' ? 'timeout' : 'cut';
    }
    const step = reader.read(bytes);
    if (typeof step === 'string') return 'garbled';
    way.from.unread(bytes.subarray(step.used));
    const problem = await passAll(way, step.data);
    if (problem !== undefined) return problem;
    done = step.done;
  }
  return finish(way);
}

/** A body of a known length, or of all that comes. */
class PlainReader {
  #left: number;

  constructor(framing: Framing) {
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  read(bytes: Buffer): ChunkedStep {
    const data = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= data.length;
    return { data: [data], used: data.length, done: this.done };
  }
}

async function passAll(way: BodyWay, pieces: readonly Buffer[]): Promise<BodyProblem | undefined> {
  for (const piece of pieces) {
    const problem = await pass(way, piece);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function pass(way: BodyWay, piece: Buffer): Promise<BodyProblem | undefined> {
  if (!way.count(piece.length)) return 'cap';
  const bytes = way.change === undefined ? piece : way.change.push(piece);
  return (await emit(way, bytes)) ? undefined : 'reader-gone';
}

async function finish(way: BodyWay): Promise<'done' | BodyProblem> {
  if (way.change !== undefined && !(await emit(way, way.change.end()))) return 'reader-gone';
  if (way.framed === 'chunked' && !(await write(way.to, LAST_CHUNK))) return 'reader-gone';
  return 'done';
}

function emit({ to, framed }: BodyWay, bytes: Buffer): Promise<boolean> | boolean {
  if (bytes.length === 0) return true;
  return framed === 'as-is' ? write(to, bytes) : write(to, chunkHead(bytes.length), bytes, CHUNK_END);
}
