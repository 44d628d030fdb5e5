/** A stored revision made ready to decide. Nothing in it is trusted before its signature and its hashes hold. */
import { Fault } from '@countersign/kernel/fault';
import { unpackArchive } from '../config/build/archive.ts';
import { snapshotOf } from '../config/build/snapshot.ts';
import type { StoredBundle } from '../ports/bundles.ts';
import type { BundleSnapshot } from '../ports/registry.ts';
import type { Signer } from '../ports/signer.ts';
import { revisionBytes } from './desks/bundles.ts';

/** @throws Fault bundle.invalid */
export function loadBundle(signer: Signer, { archive, revision, signature, keyId }: StoredBundle): BundleSnapshot {
  if (!signer.verify(revisionBytes(revision), signature, keyId)) throw new Fault('bundle.invalid', 'The bundle is not signed by this installation.', { internal: revision });
  return snapshotOf(revision, unpackArchive(archive, revision).built);
}
