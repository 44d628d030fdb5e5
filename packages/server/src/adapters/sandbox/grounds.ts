/** Grounds made ahead of need: some without a network, and one for each slot that waits. */
import type { EgressSlot } from '../../ports/egress.ts';
import { Ground } from './ground.ts';
import { isMountedAlike, mountTable } from './mount-table.ts';
import type { Places } from './places.ts';
import { Pool } from './pool.ts';
import { newRunId } from './run-ids.ts';
import { word } from './shell-text.ts';
import { openSlot, slotNamespaces } from './slot/slots.ts';

export interface GroundsTerms {
  readonly places: Places;
  readonly bwrap: string;
  readonly root: boolean;
  /** How many wait. */
  readonly plain: number;
  readonly networked: number;
}

export interface GroundWish {
  /** A user that is settled; absent: any of ours. */
  readonly uid: number | undefined;
  readonly tmpBytes: number;
  readonly slot: EgressSlot | undefined;
  readonly staged: readonly { readonly from: string; readonly isFolder: boolean }[];
  /** Of the host, real: what the run will see of it. */
  readonly sees: readonly string[];
}

/** What most profiles have: others are resized, which costs one more program. */
const USUAL_TMP_BYTES = 268_435_456;

export class Grounds {
  readonly #terms: GroundsTerms;
  readonly #plain: Pool<Ground>;
  readonly #slots: Pool<EgressSlot>;
  readonly #prepared = new Map<EgressSlot, Ground>();

  constructor(terms: GroundsTerms) {
    this.#terms = terms;
    this.#plain = new Pool({
      size: terms.plain,
      make: () => this.#usual(undefined),
      usable: (ground) => ground.usable,
      discard: (ground) => ground.close(),
    });
    this.#slots = new Pool<EgressSlot>({
      size: terms.networked,
      make: () => this.#slot(),
      usable: () => true,
      discard: (slot) => {
        this.#prepared.get(slot)?.close();
        this.#prepared.delete(slot);
        void slot.close();
      },
    });
  }

  async #slot(): Promise<EgressSlot> {
    const slot = await openSlot(this.#terms.bwrap, this.#terms.root);
    this.#prepared.set(slot, await this.#usual(slot));
    return slot;
  }

  async #usual(slot: EgressSlot | undefined): Promise<Ground> {
    const ground = await this.#make({ uid: undefined, tmpBytes: USUAL_TMP_BYTES, slot, staged: [], sees: [] });
    ground.idle();
    return ground;
  }

  async #make({ uid, tmpBytes, slot, staged }: GroundWish): Promise<Ground> {
    const { places, root } = this.#terms;
    const network = slot === undefined ? undefined : slotNamespaces(slot);
    const run = root ? (uid ?? newRunId()) : undefined;
    const ground = new Ground({
      places,
      tmpBytes,
      staged,
      ...(run === undefined ? {} : { uid: run }),
      ...(network === undefined ? {} : { network }),
    });
    try {
      await ground.ready();
    } catch (thrown) {
      ground.close();
      throw thrown;
    }
    return ground;
  }

  takeSlot(): Promise<EgressSlot> {
    return this.#slots.take();
  }

  /** @throws Fault sandbox.failed */
  async take(wish: GroundWish): Promise<Ground> {
    const { slot, uid, staged, tmpBytes } = wish;
    const prepared = slot === undefined ? undefined : this.#prepared.get(slot);
    if (slot !== undefined) this.#prepared.delete(slot);
    if (uid !== undefined || staged.length > 0) {
      prepared?.close();
      return this.#make(wish);
    }
    const waiting = prepared?.usable === true ? prepared : slot === undefined ? await this.#plain.take() : undefined;
    const ground = this.#current(waiting, wish) ?? (await this.#make({ ...wish, tmpBytes: USUAL_TMP_BYTES }));
    ground.busy();
    if (ground.tmpBytes !== tmpBytes)
      await ground.prepare([
        `mount -t tmpfs -o ${word(`remount,size=${tmpBytes}`)} countersign ${word(this.#terms.places.scratch)}`,
      ]);
    return ground;
  }

  /** What was mounted since it began to wait, it does not see; what was taken away, it does. */
  #current(ground: Ground | undefined, { sees }: GroundWish): Ground | undefined {
    if (ground === undefined || isMountedAlike(ground.mounts, mountTable(), sees)) return ground;
    ground.close();
    return undefined;
  }

  warm(): Promise<void> {
    return Promise.all([this.#plain.filled(), this.#slots.filled()]).then(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain.close(), this.#slots.close()]);
    for (const ground of this.#prepared.values()) ground.close();
  }
}
