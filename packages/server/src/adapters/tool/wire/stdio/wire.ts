/** JSON-RPC over the standard streams of a child: many requests at a time, told apart by their ids. */
import type { JsonRecord } from '@countersign/kernel/json';
import { abortedBy, Failed, garbage } from '../../failed.ts';
import { readJson } from '../../parts/json.ts';
import { type Answer, type Ask, type Hear, kindOf, type Wire } from '../wire.ts';
import { Child, type ChildTerms } from './child.ts';

/** A program that prints a stray line is forgiven; one that talks is not speaking the protocol. */
const STRAY_LINES_MAX = 16;
const CANCELLED_MAX = 1_000;
/** For the rest of a line whose answer nobody waits for. */
const UNFINISHED_MS = 2_000;
/** Beside the answer: the envelope of a line. */
const ENVELOPE_BYTES = 64 * 1_024;
/** Notifications and requests of a server, while no answer is awaited. */
const UNASKED_BYTES_MAX = 4 * 1_024 * 1_024;

export interface StdioWireTerms extends Omit<ChildTerms, 'line' | 'ended' | 'lineBytesMax'> {
  readonly hear: Hear;
  /** A line that is not the protocol; its length only, since it may hold anything. */
  readonly stray: (bytes: number) => void;
  readonly ended: (failed: Failed) => void;
}

interface Pending {
  readonly ask: Ask;
  readonly done: (answer: Answer) => void;
  readonly fail: (failed: Failed) => void;
  readonly quit: () => void;
}

export class StdioWire implements Wire {
  readonly #terms: StdioWireTerms;
  readonly #child: Child;
  readonly #pending = new Map<number, Pending>();
  /** Requests that were cancelled: their answers may be on the way. */
  readonly #cancelled = new Set<number>();
  #nextId = 1;
  #strays = 0;

  constructor(terms: StdioWireTerms) {
    this.#terms = terms;
    this.#child = new Child({
      ...terms,
      lineBytesMax: () => this.#lineBytesMax(),
      line: (line) => this.#line(line),
      ended: (failed) => this.#ended(failed),
    });
  }

  get alive(): boolean {
    return this.#child.alive;
  }

  ask(ask: Ask): Promise<Answer> {
    return new Promise((done, fail) => {
      if (ask.signal.aborted) return fail(abortedBy(ask.signal, false));
      const id = this.#nextId;
      this.#nextId += 1;
      const line = JSON.stringify({ jsonrpc: '2.0', id, method: ask.method, params: ask.params });
      if (!this.#child.write(line)) return fail(new Failed('refused', 'the child takes no requests', { sent: false }));
      const quit = (): void => this.#cancel(id);
      ask.signal.addEventListener('abort', quit, { once: true });
      this.#pending.set(id, { ask, done, fail, quit });
    });
  }

  tell(message: JsonRecord): void {
    this.#child.write(JSON.stringify(message));
  }

  close(): Promise<void> {
    return this.#child.close();
  }

  #lineBytesMax(): number {
    let bytes = UNASKED_BYTES_MAX;
    for (const { ask } of this.#pending.values()) bytes = Math.max(bytes, ask.bytesMax);
    return bytes + ENVELOPE_BYTES;
  }

  #line(line: Buffer): void {
    const read = readJson(line);
    if ('problem' in read) return this.#unreadable(line, read.problem);
    const kind = kindOf(read.value);
    if (kind === undefined) return this.#stray(line.length);
    const message = read.value as JsonRecord;
    if (kind === 'response') this.#answer(message, line.length);
    else this.#terms.hear(message, undefined);
  }

  #answer(message: JsonRecord, bytes: number): void {
    const pending = typeof message.id === 'number' ? this.#take(message.id) : undefined;
    if (pending === undefined)
      return typeof message.id === 'number' && this.#cancelled.delete(message.id) ? undefined : this.#stray(bytes);
    if (bytes > pending.ask.bytesMax + ENVELOPE_BYTES)
      pending.fail(new Failed('too-large', `an answer of ${bytes} bytes`, { sent: true, answered: true }));
    else pending.done({ message, bytes });
  }

  /** What starts like a message but cannot be read is somebody's answer: nobody shall wait for it in vain. */
  #unreadable(line: Buffer, problem: string): void {
    if (line[0] !== 0x7b || this.#pending.size === 0) return this.#stray(line.length);
    const failed = garbage(`an answer that cannot be read: ${problem}`);
    const [only, another] = this.#pending.keys();
    if (only !== undefined && another === undefined) this.#take(only)?.fail(failed);
    else this.#child.kill(failed);
  }

  #stray(bytes: number): void {
    this.#strays += 1;
    this.#terms.stray(bytes);
    if (this.#strays > STRAY_LINES_MAX) this.#child.kill(garbage(`more than ${STRAY_LINES_MAX} lines that are not the protocol`));
  }

  #cancel(id: number): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    this.#cancelled.add(id);
    if (this.#cancelled.size > CANCELLED_MAX) for (const oldest of this.#cancelled) if (this.#cancelled.delete(oldest)) break;
    this.tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'cancelled' } });
    pending.fail(abortedBy(pending.ask.signal, true));
    this.#endUnfinished();
  }

  /**
   * Nobody waits any more for what was begun; a line that never ends would swallow the next answer. One that is no message ends the child at
   * once, one that may be a long answer gets some time.
   */
  #endUnfinished(): void {
    const begun = this.#child.unfinished;
    if (begun === undefined) return;
    const failed = garbage('a line that never ends');
    if (begun.first !== 0x7b) return this.#child.kill(failed);
    setTimeout(() => {
      if (this.#child.unfinished?.number === begun.number) this.#child.kill(failed);
    }, UNFINISHED_MS).unref();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.ask.signal.removeEventListener('abort', pending.quit);
    return pending;
  }

  #ended(failed: Failed): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.fail(failed);
    this.#terms.ended(failed);
  }
}
