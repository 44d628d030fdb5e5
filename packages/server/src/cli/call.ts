/** One call of a command: its arguments and options, read with types, and its ways out. */
import type { Json } from '@countersign/kernel/json';
import { CliError, type ExitName } from './exit.ts';
import type { Io } from './io.ts';

/** An action returns how it ended, or the exit code where that is another program's; nothing means well. */
export type Action = (call: Call) => Promise<ExitName | number | void>;

export class Call {
  readonly args: readonly unknown[];
  readonly #options: Readonly<Record<string, unknown>>;
  readonly io: Io;

  constructor(args: readonly unknown[], options: Readonly<Record<string, unknown>>, io: Io) {
    this.args = args;
    this.#options = options;
    this.io = io;
  }

  /** Positional argument that the command declares as required. */
  arg(index: number): string {
    return String(this.args[index] ?? '');
  }

  optionalArg(index: number): string | undefined {
    const value = this.args[index];
    return typeof value === 'string' ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return value === undefined || value === true || value === false ? undefined : String(value);
  }

  need(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new CliError('usage', `\`--${kebab(name)}\` is missing`);
    return value;
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** A flag that is declared as `--no-...` was given. */
  denied(name: string): boolean {
    return this.#options[name] === false;
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw new CliError('usage', `\`--${kebab(name)}\` must be a whole number, not \`${text}\``);
    return Number(text);
  }

  list(name: string): string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  get json(): boolean {
    return this.flag('json');
  }

  get dryRun(): boolean {
    return this.flag('dryRun');
  }

  /** Data for programs: one document. */
  print(value: unknown): void {
    this.io.out(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Data for programs that read as it comes: one document a line. */
  printLine(value: unknown): void {
    this.io.out(`${JSON.stringify(value)}\n`);
  }

  /** For people; never data. */
  say(text: string): void {
    this.io.err(`${text}\n`);
  }

  write(text: string): void {
    this.io.out(text.endsWith('\n') ? text : `${text}\n`);
  }
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A member that is shown as text: a missing one is a dash. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '-';
  if (typeof value === 'string') return printable(value);
  return typeof value === 'object' ? printable(JSON.stringify(value)) : String(value);
}

/** What others wrote must not command the terminal. */
// Controls, escapes, zero-width characters and direction marks become visible.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export const printable = (text: string): string =>
  text.replace(HIDDEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** Columns as wide as they need to be, two spaces between; nothing for no rows. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(heads.map((head) => head.toUpperCase())), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

export const dollars = (microUsd: Json | undefined): string =>
  typeof microUsd === 'number' ? `$${(microUsd / 1_000_000).toFixed(microUsd % 10_000 === 0 ? 2 : 6)}` : '-';
