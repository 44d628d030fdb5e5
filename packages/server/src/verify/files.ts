/** Reading of untrusted directories: sizes are bounded before a byte is read, links and other special files are refused. */
import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';

/** Deepest path of an export: tile/entries/x…/x…/x…/x…/x…/nnn.p/w. */
const DEPTH_MAX = 10;

/** Content of a regular file of at most `bytesMax`; null where there is none. */
export async function readBounded(path: string, bytesMax: number): Promise<Uint8Array | null> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isNotFound(cause)) return null;
    throw new Fault('ledger.format', 'A file cannot be opened', { cause });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Fault('ledger.format', 'A file is not a regular file');
    if (stat.size > bytesMax) throw new Fault('ledger.format', `A file is longer than ${bytesMax} bytes`);
    // One byte more than promised: a file that grows while it is read is refused as well.
    const bytes = Buffer.allocUnsafe(stat.size + 1);
    let at = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
      at += bytesRead;
      if (bytesRead === 0 || at === bytes.length) break;
    }
    if (at !== stat.size) throw new Fault('ledger.format', 'A file changed while it was read');
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

function isNotFound(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

export interface FoundPath {
  /** Below the directory, with `/` between its parts. */
  readonly path: string;
  /** `empty`: a directory without anything in it; `closed`: one that cannot be read. */
  readonly kind: 'file' | 'special' | 'empty' | 'closed';
}

/** All paths below a directory, streaming; the top itself may be empty. */
export async function* walk(top: string, below = '', depth = 0): AsyncGenerator<FoundPath> {
  let members = 0;
  const folder = await opendir(join(top, below)).catch(() => null);
  if (folder === null) return yield { path: below, kind: 'closed' };
  for await (const entry of folder) {
    members++;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) yield { path, kind: 'file' };
    else if (entry.isDirectory() && depth < DEPTH_MAX) yield* walk(top, path, depth + 1);
    else yield { path, kind: 'special' };
  }
  if (members === 0 && below !== '') yield { path: below, kind: 'empty' };
}
