/** What happens once in the life of an installation: the first bundle, and the local administrator's key. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { BundleDesk, BundleFiles } from '../api/deps.ts';
import type { Clock, NewId } from '../ports/clock.ts';
import type { IdentityStore } from '../ports/identity.ts';
import { newKey } from '../ports/new-key.ts';
import type { SnapshotSource } from '../ports/registry.ts';

export interface FirstStartTerms {
  readonly org: string;
  readonly dir: string;
  readonly desk: BundleDesk;
  readonly snapshots: SnapshotSource;
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Who did what nobody had to be signed in for. */
export const INSTALLATION = 'installation';

/** Puts a first revision in force, where there is none. @throws Fault bundle.invalid with every finding in its details */
export async function ensureBundle({ desk, snapshots }: FirstStartTerms, files: () => Promise<BundleFiles>): Promise<boolean> {
  if (snapshots.current() !== undefined) return false;
  const current = await desk.current();
  if (current !== undefined) throw new Fault('bundle.invalid', 'The revision in force does not load; the log says why.');
  await desk.apply(await files(), INSTALLATION, null);
  return true;
}

/**
 * The key of the first administrator of the bundle, in a file that only we may read. Made once; a lost file is made anew when the old
 * key was revoked by hand or the data directory is new.
 * @returns undefined when the bundle has no administrator
 */
export async function ensureAdminKey(terms: FirstStartTerms): Promise<string | undefined> {
  const path = join(terms.dir, 'admin.key');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const admin = [...(terms.snapshots.current()?.people.values() ?? [])].find((person) => person.admin);
  if (admin === undefined) return undefined;
  const { record, key } = newKey({
    id: terms.newId('crd'),
    org: terms.org,
    kind: 'person',
    subject: admin.id,
    mandate: null,
    onBehalfOf: null,
    createdAt: new Date(terms.clock.now()).toISOString(),
    expiresAt: null,
  });
  await terms.identity.issue(record, INSTALLATION);
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}
