/** Postgres refuses to run as root. Started by root, it runs as a named account without rights, whose files are its own. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { unsafeStore } from '../postgres/faults.ts';

const run = promisify(execFile);

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** In this order: our own, the system's database account, the account of nobody. */
const NAMES = ['countersign', 'postgres', 'nobody'] as const;

/** @returns the account to drop to, or undefined when this process is not root */
export async function accountToDropTo(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of NAMES) {
    const fields = lines.find((line) => line[0] === name);
    if (fields !== undefined) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw unsafeStore(`started as root, and none of the accounts ${NAMES.join(', ')} exists to run Postgres`);
}

/** Spawn options that drop to the account. */
export const asAccount = (account: Account | undefined): { uid?: number; gid?: number } =>
  account === undefined ? {} : { uid: account.uid, gid: account.gid };

/** Whether the account can do `test <flag> <path>`: asked of the system, since modes alone don't tell (access lists, mounts). */
export async function accountCan(account: Account | undefined, flag: '-x' | '-r' | '-w', path: string): Promise<boolean> {
  return await run('/bin/sh', ['-c', `test "$1" "$2"`, 'sh', flag, path], { ...asAccount(account), cwd: '/' }).then(
    () => true,
    () => false,
  );
}
