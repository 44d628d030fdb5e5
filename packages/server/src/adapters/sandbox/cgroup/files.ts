/** Files of control groups: each is one number or a few lines, read and written whole. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PREFIX } from './group.ts';

export const has = (folder: string, file: string): boolean => existsSync(join(folder, file));

/** @throws as the kernel refuses */
export const put = (folder: string, file: string, value: string | number): void => {
  // Without O_CREAT and O_TRUNC: these files are there or they are not.
  writeFileSync(join(folder, file), String(value), { flag: 'r+' });
};

export function tryPut(folder: string, file: string, value: string | number): boolean {
  try {
    put(folder, file, value);
    return true;
  } catch {
    return false;
  }
}

export function take(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return undefined;
  }
}

export function takeNumber(folder: string, file: string): number | undefined {
  const text = take(folder, file)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** `name value` lines. */
export function takeField(folder: string, file: string, field: string): number | undefined {
  const found = new RegExp(`^${field} (\\d+)$`, 'm').exec(take(folder, file) ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

export const pidsIn = (folder: string): number[] =>
  (take(folder, 'cgroup.procs') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);

export function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** True where a group can be made and taken away again. */
export function canMake(parent: string): boolean {
  const folder = join(parent, `${PREFIX}probe-${process.pid}`);
  try {
    mkdirSync(folder);
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Names of our groups below a folder, without the prefix. */
export function ourGroups(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(PREFIX))
      .map((entry) => entry.name.slice(PREFIX.length));
  } catch {
    return [];
  }
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
