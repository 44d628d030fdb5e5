/** Where the files of a case are. Paths in cases may be relative to the case, to the root that was given, or to a folder above either. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parseExact } from './exact-json.ts';
import { UnreadableTest } from './unreadable.ts';

/** Folders above the root in which paths are tried: cases are often run from `tests/` of their repository. */
const LEVELS_ABOVE = 2;
const SKIPPED = new Set(['node_modules', '.git']);

/**
 * All `.json` files below a folder, sorted, so that runs can be compared; a file stands for itself. Links are followed, each folder once; a link
 * that leads nowhere is a file that cannot be read, not one that is left out.
 */
export async function jsonFiles(start: string): Promise<string[]> {
  if (!(await stat(start)).isDirectory()) return [start];
  const files: string[] = [];
  const seen = new Set<string>();
  const pending = [start];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    const real = await realpath(dir);
    if (seen.has(real)) continue;
    seen.add(real);
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isOfKind(path, 'isDirectory')));
      if (isFolder && !SKIPPED.has(entry.name)) pending.push(path);
      else if (!isFolder && entry.name.endsWith('.json')) files.push(path);
    }
  }
  return files.sort();
}

async function isOfKind(path: string, kind: 'isFile' | 'isDirectory'): Promise<boolean> {
  return stat(path).then(
    (found) => found[kind](),
    () => false,
  );
}

export const isFile = (path: string): Promise<boolean> => isOfKind(path, 'isFile');

function basesOf(file: string, root: string): string[] {
  const bases: string[] = [];
  const top = resolve(root);
  for (let at = dirname(resolve(file)); ; at = dirname(at)) {
    bases.push(at);
    if (at === top || at === dirname(at)) break;
  }
  let above = top;
  for (let i = 0; i < LEVELS_ABOVE; i += 1) bases.push((above = dirname(above)));
  return bases;
}

/** The file that a case means, or undefined. */
export async function findFile(path: string, file: string, root: string): Promise<string | undefined> {
  for (const base of basesOf(file, root)) {
    const candidate = resolve(base, path);
    if (await isFile(candidate)) return candidate;
  }
  const beside = join(dirname(file), basename(path));
  return (await isFile(beside)) ? beside : undefined;
}

/** A file beside the case with one of these endings: of the same name first, else the only one in the folder. */
export async function besideFile(file: string, endings: readonly string[]): Promise<string | undefined> {
  const dir = dirname(file);
  const stem = basename(file, extname(file)).replace(/[._-]?tests?$/u, '');
  const names = (await readdir(dir)).filter((name) => endings.some((ending) => name.endsWith(ending))).sort();
  const named = names.find((name) => stem !== '' && endings.some((ending) => name === `${stem}${ending}`));
  const found = named ?? (names.length === 1 ? names[0] : names.find((name) => /^(?:policies|policy|schema)\./u.test(name)));
  return found === undefined ? undefined : join(dir, found);
}

/** Text of a file in UTF-8; anything else would be read as text that nobody wrote. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableTest(`${basename(path)} is not UTF-8`);
  }
}

/** JSON text, as `parseExact` reads it; `name` is what a complaint calls it. */
export function jsonOf(text: string, name: string): unknown {
  if (text.startsWith('\uFEFF')) throw new UnreadableTest(`${name} is not JSON: it begins with a byte order mark`);
  try {
    return parseExact(text);
  } catch (thrown) {
    throw new UnreadableTest(`${name} is not JSON: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}

export const readJson = async (path: string): Promise<unknown> => jsonOf(await readText(path), basename(path));
