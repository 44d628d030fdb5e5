/** One command as rules look at it. */
import type { Cwd } from '../cwd.ts';
import { baseName } from '../path.ts';

export interface CommandCall {
  readonly argv: readonly string[];
  /** The words behind the program, without git's own options: what rules that guard look at. */
  readonly words: readonly string[];
  /** Base name of the program, in lower case. */
  readonly name: string;
  readonly isOpen: boolean;
  /** Words that hold it are words that nobody has seen. */
  readonly placeholder: string | undefined;
  readonly cwd: Cwd;
  readonly roots: readonly string[];
  /** Programs before it in the same pipe, where it reads its commands from there. */
  readonly fedBy: ReadonlySet<string>;
  /** Code stands in its arguments. */
  readonly isInline: boolean;
  /** It fetches or enters something else. */
  readonly isLauncher: boolean;
}

/** Whether a rule's program is meant: by base name, as a file system that ignores case would find it. */
export const isNamed = (call: CommandCall, program: string): boolean => call.name === baseName(program);

/** Whether the word is one that nobody has seen. */
export const isUnseen = (call: CommandCall, word: string): boolean =>
  call.placeholder !== undefined && word.includes(call.placeholder);

/** Whether a rule that guards matches; `maybe`: words that nobody has seen could make it match. */
export type Match = 'yes' | 'maybe' | 'no';
