/**
 * Reads the patch format of `apply_patch`, strictly. The client applies the patch with a parser of its own; whatever ours does not know for certain
 * it refuses, so that no file is touched that we did not see named. INVARIANT: every line that the client's parser could take for a header is one to
 * us too, or the patch is refused.
 */
import type { Mutable } from '../../../ports/mutable.ts';

export type PatchStep =
  | { readonly kind: 'add' | 'delete'; readonly path: string }
  | { readonly kind: 'update'; readonly path: string; readonly to: string | undefined };

export type Patch =
  | {
      readonly ok: true;
      readonly steps: readonly PatchStep[] /** Lines without the last line's end. */;
      readonly lines: readonly string[];
    }
  /** `at`: line, from 1 on. */
  | { readonly ok: false; readonly at: number; readonly text: string };

/** A person has to be able to look at it, and each path is decided by itself. */
const STEPS_MAX = 64;
const CHARS_MAX = 2 * 1024 * 1024;

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const END_OF_FILE = '*** End of File';
const HEADER = /^\*\*\* (Add|Update|Delete) File: (.*)$/;
const MOVE = /^\*\*\* Move to: (.*)$/;
/** What stands at a line's start, whatever space or sign is before it. */
const MARKER = /^\s*\*\*\*/;
/** Paths that parsers and file systems read the same way: no backslash, no control character, no space at an end. */
const PATH =
  /^[^\s\\\u0000-\u001f\u007f-\u009f\u2028\u2029](?:[^\\\u0000-\u001f\u007f-\u009f\u2028\u2029]{0,1022}[^\s\\\u0000-\u001f\u007f-\u009f\u2028\u2029])?$/;

export function readPatch(text: string): Patch {
  if (text.length > CHARS_MAX) return { ok: false, at: 1, text: 'The patch is larger than is read.' };
  if (/\r|\0/.test(text)) return { ok: false, at: 1, text: 'The patch holds carriage returns or zero bytes.' };
  // The client leaves the last line end out when it asks a second time.
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return new Reader(lines).read();
}

class Odd extends Error {}

class Reader {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): Patch {
    try {
      return { ok: true, steps: this.#steps(), lines: this.#lines };
    } catch (thrown) {
      if (thrown instanceof Odd) return { ok: false, at: Math.min(this.#at + 1, this.#lines.length), text: thrown.message };
      throw thrown;
    }
  }

  /** The line that is read next. */
  #line(): string | undefined {
    return this.#lines[this.#at];
  }

  #steps(): PatchStep[] {
    if (this.#line() !== BEGIN) throw new Odd(`The first line must be \`${BEGIN}\`.`);
    this.#at += 1;
    const steps: PatchStep[] = [];
    while (this.#line() !== END) {
      if (this.#line() === undefined) throw new Odd(`The patch does not end with \`${END}\`.`);
      steps.push(this.#step());
      if (steps.length > STEPS_MAX) throw new Odd(`The patch touches more than ${STEPS_MAX} files.`);
    }
    if (this.#at !== this.#lines.length - 1) throw new Odd(`Something stands after \`${END}\`.`);
    if (steps.length === 0) throw new Odd('The patch changes nothing.');
    return steps;
  }

  #step(): PatchStep {
    const header = HEADER.exec(this.#line() ?? '');
    if (header === null) throw new Odd('A header such as `*** Update File: path` should stand here.');
    const path = this.#path(header[2] ?? '');
    this.#at += 1;
    switch (header[1]) {
      case 'Add':
        return this.#add(path);
      case 'Delete':
        return { kind: 'delete', path };
      default:
        return this.#update(path);
    }
  }

  #path(text: string): string {
    if (!PATH.test(text)) throw new Odd('The path holds what is not read the same way everywhere.');
    return text;
  }

  #add(path: string): PatchStep {
    while (this.#line()?.startsWith('+') === true) this.#at += 1;
    this.#mustBeHeader();
    return { kind: 'add', path };
  }

  #update(path: string): PatchStep {
    const step: Mutable<Extract<PatchStep, { kind: 'update' }>> = { kind: 'update', path, to: undefined };
    const move = MOVE.exec(this.#line() ?? '');
    if (move !== null) {
      step.to = this.#path(move[1] ?? '');
      this.#at += 1;
    }
    let lines = 0;
    for (let line = this.#line(); line !== undefined && line !== END && !HEADER.test(line); line = this.#line()) {
      this.#hunkLine(line);
      this.#at += 1;
      lines += 1;
    }
    if (lines === 0 && step.to === undefined) throw new Odd('The update of a file changes nothing.');
    return step;
  }

  /** A line of an update: context, removal, addition, a place, or the end of the file. */
  #hunkLine(line: string): void {
    if (line === END_OF_FILE || line === '@@' || line.startsWith('@@ ') || line === '') return;
    const sign = line[0];
    if (sign !== ' ' && sign !== '+' && sign !== '-')
      throw new Odd('A line of an update must begin with a space, `+`, `-` or `@@`.');
    // Parsers that trim before they look would take such a context line for a header.
    if (sign === ' ' && MARKER.test(line)) throw new Odd('A context line looks like a header.');
  }

  #mustBeHeader(): void {
    const line = this.#line();
    if (line === undefined || line === END || HEADER.test(line)) return;
    throw new Odd('After the lines of a new file a header or the end must stand.');
  }
}
