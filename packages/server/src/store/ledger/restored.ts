/**
 * The check before the first append: a database that was restored from a backup, or promoted from a replica, may be behind what was
 * published. New entries would take indices that are known to others with other entries: a fork. So nothing is appended then.
 */
import { Fault } from '@countersign/kernel/fault';
import { hexEncode, sameBytes } from '@countersign/kernel/ledger';
import type { LogKey, PublishedCheckpoints } from '../../ports/ledger.ts';
import type { Store } from '../postgres/store.ts';
import { rootAt } from './edge.ts';
import { sizeOf } from './head.ts';
import { newestCheckpoint } from './tiles.ts';

export interface AdmitTerms {
  readonly store: Store;
  readonly key: LogKey;
  readonly published: PublishedCheckpoints;
}

const behind = (org: string, internal: string): Fault =>
  new Fault(
    'ledger.corrupt',
    'The ledger is behind, or differs from, a checkpoint that was published. Nothing is allowed until it is restored, or closed and opened under a new origin.',
    { internal: `log of ${org}: ${internal}` },
  );

/** For `openLedger`. @throws Fault ledger.corrupt when the log does not contain what was signed before */
export function admitLog({ store, key, published }: AdmitTerms): (org: string) => Promise<void> {
  return async (org) => {
    const size = await sizeOf(store, org);
    const stored = await newestCheckpoint(store, org);
    if (stored !== undefined) {
      openOwn(key, org, Buffer.from(stored.note));
      if (stored.size > size) throw behind(org, `its head is ${size}, its newest checkpoint ${stored.size}`);
    }
    const note = await published.newest(org);
    if (note === undefined) return;
    const known = openOwn(key, org, note);
    if (known.size > size) throw behind(org, `its head is ${size}, the published checkpoint ${known.size}`);
    const root = await rootAt(store, org, known.size);
    if (!sameBytes(root, known.root))
      throw behind(org, `root ${hexEncode(root)} at size ${known.size}, but ${hexEncode(known.root)} was published`);
  };
}

function openOwn(key: LogKey, org: string, note: Uint8Array): { readonly size: number; readonly root: Uint8Array } {
  try {
    return key.open(org, note);
  } catch (cause) {
    throw behind(
      org,
      `a checkpoint is not signed by the log key of this installation: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
}
