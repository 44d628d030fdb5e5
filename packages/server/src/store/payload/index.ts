/** The payload store: encrypted rows beside the ledger, readable, erasable, held. */
import { Fault } from '@countersign/kernel/fault';
import type { Clock } from '../../ports/clock.ts';
import type { PayloadEraser, PayloadReader } from '../../ports/ledger.ts';
import type { PayloadDraft } from '../../ports/road-store.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import type { Store } from '../postgres/store.ts';
import type { Tx } from '../postgres/tx.ts';
import { DataKeys } from './data-keys.ts';
import { erase, eraseDue } from './erase.ts';
import type { KeyWrapper } from './master-key.ts';
import { readPayload, readPayloads } from './read.ts';
import { type Sent, sendPayloads } from './write.ts';

export { type KeyWrapper, loadMasterKey } from './master-key.ts';

export interface PayloadTerms {
  readonly store: Store;
  readonly ledger: LedgerWriter;
  readonly wrapper: KeyWrapper;
  readonly clock: Clock;
  /** UUIDv7 with dashes. */
  readonly newEntryId: () => string;
}

export interface PayloadStore extends PayloadReader, PayloadEraser {
  /** Within a transaction, before the entries that name them. */
  insert(tx: Tx, org: string, drafts: readonly PayloadDraft[]): Promise<void>;
  /** The same without waiting for the answer: resolves when the statement is on its way. Its `done` must be awaited before COMMIT. */
  send(tx: Tx, org: string, drafts: readonly PayloadDraft[]): Promise<Sent>;
  /** Contents of those that are present, by digest. @throws Fault ledger.corrupt */
  contents(org: string, digests: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** The retention job: deletes what is past its time in every organisation. @returns number of payloads erased */
  sweep(): Promise<number>;
  /** Keeps everything of a subject, whatever its retention or whoever asks, until it is lifted. */
  hold(org: string, subject: string, reason: string, by: string): Promise<void>;
  /** @returns whether there was a hold */
  lift(org: string, subject: string): Promise<boolean>;
}

const CODE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

export function openPayloads(terms: PayloadTerms): PayloadStore {
  const { store, ledger } = terms;
  const keys = new DataKeys(terms.wrapper, terms.clock);
  const eraseTerms = { store, ledger, author: terms, forget: (org: string) => keys.forget(org) };
  return {
    async insert(tx, org, drafts) {
      await (await sendPayloads(keys, tx, org, drafts)).done;
    },
    send: (tx, org, drafts) => sendPayloads(keys, tx, org, drafts),
    payload: (org, digest) => readPayload(store, keys, org, digest),
    contents: (org, digests) => readPayloads(store, keys, org, digests),
    async erase(org, what, by, reason) {
      if (!CODE.test(reason))
        throw new Fault(
          'request.invalid',
          'The reason of an erasure is a code such as `subject.request`: the ledger takes no free text.',
        );
      return await erase(eraseTerms, org, what, { by, code: reason });
    },
    async sweep() {
      const due = await store.query<{ org: string }>(
        'select distinct org from payload where retain_until < clock_timestamp() order by org',
        [],
        'jobs',
      );
      let count = 0;
      for (const { org } of due) count += await eraseDue(eraseTerms, org);
      return count;
    },
    async hold(org, subject, reason, by) {
      await store.query(
        'insert into legal_hold (org, subject, reason, set_by) values ($1, $2, $3, $4) on conflict (org, subject) do nothing',
        [org, subject, reason, by],
      );
    },
    async lift(org, subject) {
      return (await store.query('delete from legal_hold where org = $1 and subject = $2 returning 1', [org, subject])).length > 0;
    },
  };
}
