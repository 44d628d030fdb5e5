/** What is to be scanned: files as they are named, directories without what nobody wrote, standard input. */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folders that a walk leaves out: other people's code and version control. A file in them can be named. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', 'bower_components', '.venv', '__pycache__', '.countersign']);
/** Bytes of one file that are read; what is larger is unscannable. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes in which a zero tells that a file of a walk is no text. */
const SNIFFED_BYTES = 8_192;

export interface Source {
  /** As it is shown: the name given, and below a directory the path from it. */
  readonly file: string;
  readonly text: string;
  readonly isTooLarge: boolean;
  /** Why it cannot be read, in the system's words; what else was named is read all the same. */
  readonly unreadable?: string;
}

/** UTF-8, or UTF-16 where a byte order mark says so. The mark is no part of the text. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  return new TextDecoder('utf-8').decode(bytes);
}

function looksBinary(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(SNIFFED_BYTES);
    const read = readSync(file, head, 0, SNIFFED_BYTES, 0);
    const hasMark = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    return !hasMark && head.subarray(0, read).includes(0);
  } finally {
    closeSync(file);
  }
}

function fileSource(file: string, path: string, size: number): Source {
  if (size > FILE_BYTES_MAX) return { file, text: '', isTooLarge: true };
  return { file, text: textOf(readFileSync(path)), isTooLarge: false };
}

function unreadable(file: string, thrown: unknown): Source {
  return { file, text: '', isTooLarge: false, unreadable: thrown instanceof Error ? thrown.message : String(thrown) };
}

function* attempt(file: string, read: () => Iterable<Source>): Generator<Source> {
  try {
    yield* read();
  } catch (thrown) {
    yield unreadable(file, thrown);
  }
}

/** In order of names, so that two runs say the same. Links are not followed: they lead to what has another name, or out. */
function* walk(shown: string, path: string): Generator<Source> {
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const [file, below] = [`${shown.replace(/\/$/, '')}/${entry.name}`, join(path, entry.name)];
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* attempt(file, () => walk(file, below));
    else if (entry.isFile())
      yield* attempt(file, () => (looksBinary(below) ? [] : [fileSource(file, below, lstatSync(below).size)]));
  }
}

function stdin(): Source {
  return { file: '-', text: textOf(readFileSync(0)), isTooLarge: false };
}

/** Everything that is named, in that order; what cannot be read says so, and the rest goes on. */
export function* sources(names: readonly string[], cwd: string): Generator<Source> {
  for (const name of names) {
    if (name === '-') {
      yield stdin();
      continue;
    }
    const path = resolve(cwd, name);
    yield* attempt(name, () => {
      const stat = lstatSync(path);
      return stat.isDirectory() ? walk(name, path) : [fileSource(name, path, stat.size)];
    });
  }
}
