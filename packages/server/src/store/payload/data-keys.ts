/** Data keys: one per subject and class at a time, replaced each month and long before an initialisation vector could repeat. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import { statement } from '../postgres/statement.ts';
import type { Tx } from '../postgres/tx.ts';
import type { KeyWrapper } from './master-key.ts';

export const KEY_ID_BYTES = 16;

/** Random 96-bit vectors stay apart for 2^32 encryptions; half of a half of that is plenty. */
const USES_MAX = 2 ** 30;
const AGE_MS_MAX = 30 * 24 * 3_600_000;
/** Cached keys; subjects are people and tasks, so old ones go. */
const CACHE_MAX = 10_000;

export interface DataKey {
  readonly id: Buffer;
  readonly key: Buffer;
  readonly madeAt: number;
  uses: number;
}

const INSERT = statement('insert into data_key (org, id, subject, class, wrapped) values ($1, $2, $3, $4, $5)');
const boundOf = (org: string, id: Uint8Array): string => JSON.stringify([org, Buffer.from(id).toString('hex')]);

export class DataKeys {
  readonly #wrapper: KeyWrapper;
  readonly #clock: Clock;
  readonly #writing = new Map<string, DataKey>();

  constructor(wrapper: KeyWrapper, clock: Clock) {
    this.#wrapper = wrapper;
    this.#clock = clock;
  }

  /** The key to write with. A new one becomes a row of this transaction, and is kept only when that is committed. */
  async forWriting(tx: Tx, org: string, subject: string, dataClass: string): Promise<DataKey> {
    const place = JSON.stringify([org, subject, dataClass]);
    const known = this.#writing.get(place);
    if (known !== undefined && known.uses < USES_MAX && this.#clock.now() - known.madeAt < AGE_MS_MAX) {
      known.uses += 1;
      return known;
    }
    const made: DataKey = { id: randomBytes(KEY_ID_BYTES), key: randomBytes(32), madeAt: this.#clock.now(), uses: 1 };
    await tx.run(INSERT, [org, made.id, subject, dataClass, this.#wrapper.wrap(made.key, boundOf(org, made.id))]);
    tx.onEnd((ending) => {
      if (ending === 'committed') this.#keep(place, made);
    });
    return made;
  }

  open(org: string, id: Uint8Array, wrapped: Uint8Array): Buffer {
    return this.#wrapper.unwrap(wrapped, boundOf(org, id));
  }

  /** After an erasure, here or on another node: no key of this organisation is written with until its row was seen again. */
  forget(org: string): void {
    const start = JSON.stringify([org]).slice(0, -1);
    for (const place of this.#writing.keys()) if (place.startsWith(`${start},`)) this.#writing.delete(place);
  }

  #keep(place: string, key: DataKey): void {
    if (this.#writing.size >= CACHE_MAX) {
      const oldest = this.#writing.keys().next().value;
      if (oldest !== undefined) this.#writing.delete(oldest);
    }
    this.#writing.set(place, key);
  }
}
