/** A stored revision, checked before it decides anything: signature, hashes, language version, compilation, and its own cases. */
import { Fault } from '@countersign/kernel/fault';
import { utf8Encode } from '@countersign/kernel/ledger';
import type { StoredBundle } from '../../ports/bundles.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { Signer } from '../../ports/signer.ts';
import { expandCases } from '../cases/expand.ts';
import { runCases } from '../cases/run.ts';
import { Findings, findingsFault } from '../finding.ts';
import type { GovernanceFiles } from '../read/files.ts';
import { kindOf } from '../read/files.ts';
import { parseFile } from '../schema/parse.ts';
import { unpackArchive } from './archive.ts';
import type { BuiltBundle } from './build.ts';
import { snapshotOf } from './snapshot.ts';

export type Verifier = Pick<Signer, 'verify'>;

/** What is signed: the revision, which is the hash of everything else. */
export const signedBytes = (revision: string): Uint8Array => utf8Encode(`countersign bundle ${revision}\n`);

/** A built bundle, signed and ready to be saved. */
export function storedBundle(org: string, built: BuiltBundle, signer: Signer, createdAt: string): StoredBundle {
  const { revision, archive } = built;
  return { org, revision, archive, signature: signer.sign(signedBytes(revision)), keyId: signer.keyId, createdAt };
}

/**
 * Every node does this before it switches; what fails leaves the revision in force where it is.
 * @throws Fault bundle.invalid with the reason
 */
export function loadStored(stored: StoredBundle, verifier: Verifier): BundleSnapshot {
  checkSignature(stored, verifier);
  const { files, built } = unpackArchive(stored.archive, stored.revision);
  const snapshot = snapshotOf(stored.revision, built);
  checkCases(files, snapshot);
  return snapshot;
}

/** The texts of a stored revision, for `plan` and for whoever wants them back. @throws Fault bundle.invalid */
export function storedFiles(stored: StoredBundle, verifier: Verifier): GovernanceFiles {
  checkSignature(stored, verifier);
  return unpackArchive(stored.archive, stored.revision).files;
}

function checkSignature({ revision, signature, keyId }: StoredBundle, verifier: Verifier): void {
  if (!verifier.verify(signedBytes(revision), signature, keyId))
    throw new Fault('bundle.invalid', 'The stored bundle is refused: its signature does not verify.');
}

/** The cases are part of the archive, so a kernel that decides otherwise than the one that built it refuses here, not in production. */
function checkCases(files: GovernanceFiles, snapshot: BundleSnapshot): void {
  const findings = new Findings();
  const parsed = Object.keys(files)
    .filter((path) => kindOf(path) === 'cases')
    .sort()
    .map((file) => parseFile('cases', { file, text: files[file] ?? '' }, findings))
    .filter((each) => each !== undefined);
  const results = runCases(snapshot.compiled, expandCases(parsed, snapshot.compiled.namespace, findings));
  for (const { case: each, differences } of results) {
    if (differences.length > 0)
      findings.error(each.place, { code: 'case.failed', message: `\`${each.name}\`: ${differences.join('; ')}.` });
  }
  if (findings.failed) throw findingsFault(findings.sorted());
}
