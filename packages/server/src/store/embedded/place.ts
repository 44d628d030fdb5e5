/**
 * Where the cluster lies. Usually `<dir>/postgres`. Started by root below a closed folder such as a 0700 home, the account that runs
 * Postgres could not reach it: then the cluster lies in `/var/lib/countersign-<hash of dir>`, and `<dir>/postgres.location` says so.
 */
import { hash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../ports/log.ts';
import { unsafeStore } from '../postgres/faults.ts';
import { type Account, accountCan } from './account.ts';

export interface Place {
  /** The caller's directory, real path. */
  readonly dir: string;
  /** Folder around the cluster that the account can traverse. */
  readonly home: string;
  /** The data directory. */
  readonly data: string;
  /** Short 0700 folder with the server's socket: socket paths are limited to about 107 bytes. */
  readonly runtime: string;
  /** Names this directory: runtime folder and control socket derive from it. */
  readonly mark: string;
}

const POINTER = 'postgres.location';

/** @throws Fault store.unsafe when no place can be found that the account reaches */
export async function choosePlace(given: string, account: Account | undefined, log: Log): Promise<Place> {
  await mkdir(given, { recursive: true, mode: 0o755 });
  const dir = await realpath(given);
  const mark = hash('sha256', dir, 'hex').slice(0, 16);
  const home = await homeFor(dir, mark, account, log);
  return { dir, home, data: join(home, 'postgres'), runtime: await runtimeFolder(mark, account), mark };
}

async function homeFor(dir: string, mark: string, account: Account | undefined, log: Log): Promise<string> {
  const pointed = await readFile(join(dir, POINTER), 'utf8').catch(() => undefined);
  if (pointed !== undefined) return await reachable(pointed.trim(), account);
  if (await accountCan(account, '-x', dir)) return dir;
  const home = `/var/lib/countersign-${mark}`;
  await mkdir(home, { recursive: true, mode: 0o755 });
  await reachable(home, account);
  await writeFile(join(dir, POINTER), `${home}\n`);
  log.info('store.moved', {
    dir,
    home,
    account: account?.name,
    why: 'a parent folder is closed to the account that runs Postgres',
  });
  return home;
}

async function reachable(home: string, account: Account | undefined): Promise<string> {
  if (await accountCan(account, '-x', home)) return home;
  throw unsafeStore(`the folder ${home} is missing, or cannot be reached by the account ${account?.name ?? userInfo().username}`);
}

async function runtimeFolder(mark: string, account: Account | undefined): Promise<string> {
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const base = process.platform === 'linux' ? '/tmp' : tmpdir();
  const folder = join(base, `countersign-${owner}-${mark}`);
  await mkdir(folder, { mode: 0o700 }).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  });
  return await ownFolder(folder, owner, account);
}

/** In a shared temporary folder somebody else may have made the name first: then its socket would be theirs. */
async function ownFolder(folder: string, owner: number, account: Account | undefined): Promise<string> {
  const before = await lstat(folder);
  if (!before.isDirectory() || (before.uid !== owner && before.uid !== process.getuid?.()))
    throw unsafeStore(`the runtime folder ${folder} belongs to somebody else`);
  await chmod(folder, 0o700);
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}
