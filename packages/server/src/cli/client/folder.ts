/** A client's folder: all of our files in it or none, what was there before kept beside, and a list of what is ours. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '@countersign/kernel/json';
import type { ClientFile } from '../../ports/clients.ts';
import { CliError } from '../exit.ts';

const LIST = '.countersign.json';
const BEFORE = '.before-countersign';
const NEW = '.countersign-new';
/** Everybody's clients read them, and nobody but the administrator writes them. */
const MODE = 0o644;
const FOLDER_MODE = 0o755;

/** SHA-256 of each file as we wrote it, by name. */
export type Written = Readonly<Record<string, string>>;

export const hashOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** Undefined where nothing of ours is there. @throws CliError for a list that cannot be read */
export function writtenIn(folder: string): Written | undefined {
  const path = join(folder, LIST);
  if (!existsSync(path)) return undefined;
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isRecord(parsed) && isRecord(parsed['files'])) return parsed['files'] as Written;
  } catch (cause) {
    throw new CliError('failed', `${path} is not readable`, { why: 'it says which files are ours', cause });
  }
  throw new CliError('failed', `${path} is not the list that \`client install\` writes`);
}

/** Undefined where it is missing. @throws CliError where it is no file */
export function textIn(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isFile())
    throw new CliError('failed', `${path} is not a file`, { next: 'look at what it is, and move it away' });
  return readFileSync(path, 'utf8');
}

/** What is wrong with who may read and write it; undefined where nothing is. */
export function modeProblem(folder: string, name: string): string | undefined {
  for (const path of [folder, join(folder, name)]) {
    const { mode } = statSync(path);
    if ((mode & 0o022) !== 0) return 'may be written by others than its owner';
    if ((mode & 0o044) !== 0o044) return 'cannot be read by everybody whose client it is for';
  }
  return undefined;
}

/** What `put` would do, a line each. */
export function changesIn(folder: string, files: readonly ClientFile[]): readonly string[] {
  const ours = writtenIn(folder) ?? {};
  const writes = files.flatMap(({ name, text }) => {
    const there = textIn(folder, name);
    if (there === text)
      return modeProblem(folder, name) === undefined
        ? []
        : [`let everybody read ${join(folder, name)}, and nobody else write it`];
    if (there === undefined) return [`write ${join(folder, name)}`];
    return [`replace ${join(folder, name)}${ours[name] === undefined ? `, keeping what is there as ${name}${BEFORE}` : ''}`];
  });
  const gone = Object.keys(ours).filter((name) => !files.some((file) => file.name === name));
  return [...writes, ...gone.map((name) => `remove ${join(folder, name)}`)];
}

/**
 * INVARIANT: whatever fails, a client finds the old files or the new ones, never some of both. Where this process is killed in the middle there may be
 * some of both, and then the list says so: what was there before is never lost, `doctor` finds the rest, and the same again mends it.
 */
export function put(folder: string, files: readonly ClientFile[]): void {
  // Whatever the mask of whoever runs this: a client that cannot read its settings runs without.
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, FOLDER_MODE);
  const ours = writtenIn(folder) ?? {};
  const list = `${JSON.stringify({ files: Object.fromEntries(files.map(({ name, text }) => [name, hashOf(text)])) }, null, 2)}\n`;
  for (const { name, text } of [...files, { name: LIST, text: list }]) writeDurably(join(folder, `${name}${NEW}`), text);
  for (const { name } of files) {
    const path = join(folder, name);
    if (ours[name] === undefined && existsSync(path)) writeDurably(`${path}${BEFORE}`, readFileSync(path, 'utf8'));
  }
  const undo: (() => void)[] = [];
  try {
    for (const name of Object.keys(ours)) if (!files.some((file) => file.name === name)) retire(join(folder, name), undo);
    // First what is meant to be here. Otherwise whoever comes after a crash would take our own files for somebody's, and keep them as what was there before.
    swap(join(folder, LIST), undo);
    for (const { name } of files) swap(join(folder, name), undo);
  } catch (cause) {
    for (const step of undo.reverse()) step();
    for (const { name } of [...files, { name: LIST }]) rmSync(join(folder, `${name}${NEW}`), { force: true });
    throw new CliError('failed', `The files in ${folder} could not be put in place`, {
      why: String(cause),
      next: 'nothing was changed',
      cause,
    });
  }
}

function swap(path: string, undo: (() => void)[]): void {
  const before = existsSync(path) ? readFileSync(path) : undefined;
  renameSync(`${path}${NEW}`, path);
  undo.push(() => (before === undefined ? rmSync(path, { force: true }) : writeFileSync(path, before)));
}

function retire(path: string, undo: (() => void)[]): void {
  if (!existsSync(path)) return;
  const before = readFileSync(path);
  rmSync(path);
  undo.push(() => writeFileSync(path, before));
}

function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: MODE });
  chmodSync(path, MODE);
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Takes ours away and puts back what was there. @returns what was done @throws CliError where a file of ours was changed by others */
export function takeAway(folder: string, force: boolean): readonly string[] {
  const ours = writtenIn(folder);
  if (ours === undefined) return [];
  const changed = Object.entries(ours).filter(([name, hash]) => {
    const there = textIn(folder, name);
    return there !== undefined && hashOf(there) !== hash;
  });
  if (changed.length > 0 && !force)
    throw new CliError('failed', `Others changed ${changed.map(([name]) => name).join(', ')} in ${folder}`, {
      next: 'look at it, then take it away with --force',
    });
  const done = Object.keys(ours).map((name) => {
    const path = join(folder, name);
    rmSync(path, { force: true });
    if (!existsSync(`${path}${BEFORE}`)) return `removed ${path}`;
    renameSync(`${path}${BEFORE}`, path);
    return `put back ${path}`;
  });
  rmSync(join(folder, LIST));
  return done;
}
