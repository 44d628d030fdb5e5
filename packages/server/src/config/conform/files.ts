/** Where the files of a case are. Paths in cases may be relative to the case, to the root that was given, or to a folder above either. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { parseExact } from './exactJson.ts';
import { UnreadableTest } from './cases.ts';

/** Folders above the root in which paths are tried: cases are often run from `tests/` of their repository. */
const LEVELS_ABOVE = 2;

/** All `.json` files below a folder, sorted, so that runs can be compared. */
export async function jsonFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => !relative(dir, file).split(/[\\/]/).includes('node_modules')).sort();
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

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

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');

export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parseExact(text);
  } catch (thrown) {
    throw new UnreadableTest(`${basename(path)} is not JSON: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}
