// The files that the checks read: what git tracks, and what it would track; an unpacked copy without git is walked.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const SKIP = new Set(['node_modules', 'dist', '.git', '.work', '.countersign', 'coverage']);

function walk(root, dir, found) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (SKIP.has(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) walk(root, path, found);
    else if (entry.isFile()) found.push(relative(root, path));
  }
  return found;
}

/** Paths relative to `root`, sorted. */
export function listFiles(root) {
  if (!existsSync(join(root, '.git'))) return walk(root, root, []).sort();
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  // A file that is deleted but not yet committed is listed, too.
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .sort();
}

export const readText = (root, path) => readFileSync(join(root, path), 'utf8');

/** True for files whose bytes are not text: they hold no words and no links. */
export const isBinary = (text) => text.includes('\0');
