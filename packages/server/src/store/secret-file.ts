/** A small secret in a file of its own: written whole, once, readable by us alone. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** Written under another name and linked into place, so that two processes that start at once end up with one content. */
export function writeOnce(path: string, content: () => string): void {
  if (existsSync(path)) return;
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, content());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
}
