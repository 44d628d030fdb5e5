/** Making a cluster: beside its final name first, so that a directory of that name is always whole. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unsafeStore } from '../postgres/faults.ts';
import { type Account, asAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Place } from './place.ts';

const run = promisify(execFile);

/** Superuser of the cluster: the supervisor's own, never used by the pools. */
export const SUPERUSER = 'postgres';

const PASSWORD_FILE = 'postgres.password';

/** Major of the cluster in `data`, or undefined where there is none. @throws Fault store.unsafe for a directory that is no cluster */
export async function clusterMajor(data: string): Promise<number | undefined> {
  if (!existsSync(data)) return undefined;
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '');
  const major = Number(text.trim());
  if (Number.isInteger(major) && major > 0) return major;
  throw unsafeStore(`${data} exists but is no Postgres cluster: nothing was touched; move it away, or choose another directory`);
}

/** The environment of everything we start: nothing of ours that could steer it. */
export const environmentOf = (binaries: Binaries): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  ...(binaries.libraries === undefined ? {} : { LD_LIBRARY_PATH: binaries.libraries }),
});

/** The password of superuser and owner: 0600 and beside, never in, the cluster. Made at the first start. */
export async function clusterPassword(place: Place): Promise<string> {
  const file = join(place.dir, PASSWORD_FILE);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return known.trim();
  const password = randomBytes(32).toString('hex');
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}

/** @throws Fault store.full or store.unsafe with what initdb said */
export async function createCluster(place: Place, binaries: Binaries, account: Account | undefined): Promise<void> {
  const draft = `${place.data}.new`;
  const secret = join(place.runtime, `initdb-${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(secret, `${await clusterPassword(place)}\n`, { mode: 0o600 });
  if (account !== undefined) for (const path of [draft, secret]) await chown(path, account.uid, account.gid);
  try {
    await initdb(draft, secret, binaries, account);
  } finally {
    await rm(secret, { force: true });
  }
  await rename(draft, place.data);
  await syncFolder(dirname(place.data));
}

async function initdb(draft: string, secret: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  // The C collation keeps index order apart from the glibc or ICU of whichever binaries open the directory next.
  const options = [
    '--data-checksums',
    '--encoding=UTF8',
    '--locale=C',
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${secret}`,
  ];
  try {
    await run(binaries.initdb, ['-D', draft, ...options], {
      ...asAccount(account),
      cwd: '/',
      env: environmentOf(binaries),
      timeout: 120_000,
    });
  } catch (thrown) {
    const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr) : String(thrown);
    await rm(draft, { recursive: true, force: true });
    throw unsafeStore(`initdb failed: ${said.trim().slice(-600)}`);
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
