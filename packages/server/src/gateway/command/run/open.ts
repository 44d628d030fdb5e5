/** What a client asks to run, as it stands in its first frame. */
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { PROFILE_BYTES_MAX } from '../../../ports/exec-wire.ts';
import type { Command } from './deps.ts';

export interface OpenAsk {
  readonly command: Command;
  /** Absolute path on the node's machine. */
  readonly cwd: string;
  readonly profile:
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'file'; readonly file: string; readonly text: string };
  /** False: standard input is empty. */
  readonly stdin: boolean;
  /** How long to wait for a person to approve, ms. */
  readonly waitMs: number;
}

export const DEFAULT_PROFILE = 'default';
const WORDS_MAX = 4_096;
const WORD_CHARS_MAX = 128 * 1024;
/** More is never split, and nobody approves what nobody can read. */
const SHELL_CHARS_MAX = 64 * 1024;
const WAIT_MS_MAX = 3_600_000;
const MEMBERS = new Set(['command', 'cwd', 'profile', 'stdin', 'waitMs']);

const wrong = (text: string): Fault => new Fault('request.invalid', text);

/** @throws Fault request.invalid, with the member that is wrong */
export function readOpen(json: JsonRecord): OpenAsk {
  for (const name of Object.keys(json)) if (!MEMBERS.has(name)) throw wrong(`\`${name}\` is no member of this request.`);
  const { stdin = true, waitMs = 0 } = json;
  if (typeof stdin !== 'boolean') throw wrong('`stdin` must be true or false.');
  if (typeof waitMs !== 'number' || !Number.isInteger(waitMs) || waitMs < 0 || waitMs > WAIT_MS_MAX)
    throw wrong(`\`waitMs\` must be a whole number of milliseconds up to ${WAIT_MS_MAX}.`);
  return {
    command: readCommand(json['command']),
    cwd: readCwd(json['cwd']),
    profile: readProfile(json['profile']),
    stdin,
    waitMs,
  };
}

function readCommand(given: Json | undefined): Command {
  if (!isRecord(given)) throw wrong('`command` must be an object with `argv` or `shell`.');
  const { argv, shell, ...rest } = given;
  if (Object.keys(rest).length > 0 || (argv === undefined) === (shell === undefined))
    throw wrong('`command` must have either `argv` or `shell`, and nothing else.');
  if (shell !== undefined) {
    if (typeof shell !== 'string' || shell.trim() === '') throw wrong('`command.shell` must be a text that is not empty.');
    if (shell.length > SHELL_CHARS_MAX) throw wrong(`\`command.shell\` is longer than ${SHELL_CHARS_MAX} characters.`);
    return { text: passable(shell), dialect: 'bash' };
  }
  if (!Array.isArray(argv) || argv.length === 0 || argv.length > WORDS_MAX)
    throw wrong(`\`command.argv\` must be a list of 1 to ${WORDS_MAX} words.`);
  return { argv: argv.map((word: unknown) => readWord(word)) };
}

function readWord(word: unknown): string {
  if (typeof word !== 'string') throw wrong('Each word of `command.argv` must be a text.');
  if (word.length > WORD_CHARS_MAX) throw wrong(`A word of \`command.argv\` is longer than ${WORD_CHARS_MAX} characters.`);
  return passable(word);
}

/** No program could be given it as it stands. */
function passable(text: string): string {
  if (text.includes('\0')) throw wrong('A command holds a NUL character.');
  if (/\p{Surrogate}/u.test(text)) throw wrong('A command holds half of a character.');
  return text;
}

function readCwd(given: Json | undefined): string {
  if (typeof given !== 'string' || !given.startsWith('/') || given.includes('\0') || given.length > 4_096)
    throw wrong('`cwd` must be an absolute path on the machine of the node.');
  return given;
}

function readProfile(given: Json | undefined): OpenAsk['profile'] {
  if (given === undefined) return { kind: 'named', name: DEFAULT_PROFILE };
  if (!isRecord(given)) throw wrong('`profile` must be an object with `name`, or with `file` and `text`.');
  const members = Object.keys(given).sort().join(' ');
  if (members === 'name') return namedProfile(given['name']);
  if (members === 'file text') return fileProfile(given['file'], given['text']);
  throw wrong('`profile` must have either `name`, or `file` and `text`.');
}

function namedProfile(name: Json | undefined): OpenAsk['profile'] {
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    throw wrong('`profile.name` is no name of a profile.');
  return { kind: 'named', name };
}

function fileProfile(file: Json | undefined, text: Json | undefined): OpenAsk['profile'] {
  if (typeof file !== 'string' || typeof text !== 'string') throw wrong('`profile.file` and `profile.text` must be texts.');
  if (Buffer.byteLength(text) > PROFILE_BYTES_MAX) throw wrong(`\`profile.text\` is longer than ${PROFILE_BYTES_MAX} bytes.`);
  return { kind: 'file', file: file.slice(0, 256), text };
}
