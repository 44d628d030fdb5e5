/** Idempotency within one process, bounded: enough for the embedded default. Several nodes need a store that they share. */
import {
  IDEMPOTENCY_TTL_MS,
  type IdempotencySlot,
  type IdempotencyState,
  type IdempotencyStore,
  type StoredAnswer,
} from '../../ports/idempotency.ts';
import type { Clock } from '../../ports/clock.ts';

/** Slots kept at most; the oldest go first. */
const SLOTS_MAX = 10_000;

interface Slot {
  readonly fingerprint: string;
  readonly at: number;
  answer?: StoredAnswer;
}

const nameOf = (slot: IdempotencySlot) => JSON.stringify([slot.org, slot.caller, slot.key]);

export class MemoryIdempotency implements IdempotencyStore {
  readonly #slots = new Map<string, Slot>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async begin(slot: IdempotencySlot, fingerprint: string): Promise<IdempotencyState> {
    this.#sweep();
    const name = nameOf(slot);
    const held = this.#slots.get(name);
    if (held === undefined) {
      this.#slots.set(name, { fingerprint, at: this.#clock.now() });
      return { state: 'new' };
    }
    if (held.fingerprint !== fingerprint) return { state: 'mismatch' };
    return held.answer === undefined ? { state: 'running' } : { state: 'done', answer: held.answer };
  }

  async finish(slot: IdempotencySlot, answer: StoredAnswer): Promise<void> {
    const held = this.#slots.get(nameOf(slot));
    if (held !== undefined) held.answer = answer;
  }

  async abandon(slot: IdempotencySlot): Promise<void> {
    this.#slots.delete(nameOf(slot));
  }

  /** Insertion order is age: the front of the map is the oldest. */
  #sweep(): void {
    const tooOld = this.#clock.now() - IDEMPOTENCY_TTL_MS;
    for (const [name, { at }] of this.#slots) {
      if (at > tooOld && this.#slots.size < SLOTS_MAX) break;
      this.#slots.delete(name);
    }
  }
}
