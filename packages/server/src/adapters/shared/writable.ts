/** Parts of a workspace that alone are writable. */
import { chownSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxSpec } from '../../ports/sandbox.ts';

/** What alone is writable; absent where all of the workspace is, or nothing. */
export const narrowedTo = ({ mode, writable }: SandboxSpec['workspace']): readonly string[] | undefined =>
  mode === 'write' ? writable : undefined;

const seen = (path: string) => lstatSync(path, { throwIfNoEntry: false });

/** Every folder on the way to a path below the workspace, the path itself last. */
function stepsTo(workspace: string, name: string): readonly string[] {
  const steps: string[] = [];
  let at = workspace;
  for (const part of name.split('/')) if (part !== '') steps.push((at = join(at, part)));
  return steps;
}

/**
 * Makes the folders among `names` (a slash at the end) that are missing, as their parents' owner has them. What a link stands in the way of is not made.
 * @param workspace real path @returns what was made, outer ones first
 */
export function makeFolders(workspace: string, names: readonly string[]): readonly string[] {
  const made: string[] = [];
  for (const name of names) {
    if (!name.endsWith('/')) continue;
    for (const step of stepsTo(workspace, name)) {
      const there = seen(step);
      if (there?.isDirectory() === true) continue;
      if (there !== undefined) break;
      const { uid, gid } = lstatSync(dirname(step));
      mkdirSync(step);
      if (process.getuid?.() === 0) chownSync(step, uid, gid);
      made.push(step);
    }
  }
  return made;
}

/**
 * Absolute paths that may be mounted writable: what is there, and is reached without a link, since a link could lead anywhere. The repository's own folder
 * is always one of them.
 */
export function writablePaths(workspace: string, names: readonly string[]): readonly string[] {
  const paths = [...names, '.git/'].filter((name) => {
    const steps = stepsTo(workspace, name);
    const last = steps.at(-1);
    if (last === undefined) return false;
    const folders = name.endsWith('/') ? steps : steps.slice(0, -1);
    const end = seen(last);
    return folders.every((step) => seen(step)?.isDirectory() === true) && (end?.isDirectory() === true || end?.isFile() === true);
  });
  return [...new Set(paths.map((name) => join(workspace, name.replace(/\/$/, ''))))].sort();
}

/** Whether a path lies in one of the writable ones; undefined means that all is writable. */
export const isWritableIn = (writable: readonly string[] | undefined, path: string): boolean =>
  writable === undefined || writable.some((one) => path === one || path.startsWith(`${one}/`));
