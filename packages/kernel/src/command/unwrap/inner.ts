/** What a wrapper holds. */
import type { Code } from '../code.ts';
import type { Dialect } from '../types.ts';

/** A command inside of another. */
export type Inner = {
  /** More words come that nobody has seen. */
  readonly isOpen?: boolean;
  /** What stands for words that nobody has seen, wherever it occurs. */
  readonly placeholder?: string;
  /** Perhaps no command at all: only what forbids or asks counts. */
  readonly isGuess?: boolean;
} & (
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  /** `dialect` is absent where the shell that reads the script reads this, too. */
  | { readonly kind: 'text'; readonly text: string; readonly dialect?: Dialect }
  /** A command may begin at any word from `from` on. */
  | { readonly kind: 'anywhere'; readonly argv: readonly string[]; readonly from: number }
);

export interface Wrapping {
  readonly inners: readonly Inner[];
  /** Why this call asks, whatever is inside. */
  readonly codes: readonly Code[];
  /** Nothing but the inner command has an effect: it alone is judged. */
  readonly isTransparent: boolean;
}

export type Unwrap = (argv: readonly string[]) => Wrapping;

export const wraps = (inners: readonly Inner[], ...codes: Code[]): Wrapping => ({ inners, codes, isTransparent: false });

export const inner = (argv: readonly string[]): Inner[] => (argv.length === 0 ? [] : [{ kind: 'argv', argv }]);

/** A text for a shell that may be meant. */
export const guessedText = (text: string): Inner => ({ kind: 'text', text, dialect: 'sh', isGuess: true });

/** Each rest of these words as a command that may be meant. */
export const guesses = (argv: readonly string[], from: number): Inner[] => [{ kind: 'anywhere', argv, from, isGuess: true }];
