/** What the analysis of commands takes and gives. Values only: everything here can be recorded and read back. */
import type { ActionClass } from '../action/index.ts';

/** The shell that would read the text. `none`: nobody knows which, so that only what all of them read alike is accepted. */
export type Dialect = 'bash' | 'sh' | 'zsh' | 'none';

/** One command of a script that was understood completely. */
export interface SimpleCommand {
  readonly argv: readonly string[];
  /** What joins it to the next one; a newline reads as `;`. */
  readonly op: '&&' | '||' | ';' | '|' | 'end';
  /** `2>&1`, `>/dev/null` ... as whole words; nothing else is accepted. */
  readonly redirects: readonly string[];
  /** From and to, in UTF-16 units of the original text. */
  readonly span: readonly [number, number];
}

export interface Understood {
  readonly ok: true;
  readonly dialect: Dialect;
  readonly commands: readonly SimpleCommand[];
}

/** `code` is public and stable; `text` tells the agent what to write instead; `at` is a UTF-16 unit of the text. */
export interface Unclear {
  readonly ok: false;
  readonly code: string;
  readonly at: number;
  readonly text: string;
}

export type Split = Understood | Unclear;

export type Judgement = 'allow' | 'ask' | 'forbid';

/** What a rule looks at. `prefix`: token by token, then any tail. `exact`: nothing more. `options`: every flag is on the list. */
export type RuleForm =
  | {
      readonly kind: 'prefix';
      readonly words: readonly (readonly string[])[];
      readonly having?: readonly string[];
      /** Narrows it to shells and interpreters that read their commands from a pipe behind one of these programs. Never on an allow rule. */
      readonly stdinFrom?: readonly string[];
    }
  | { readonly kind: 'exact'; readonly words: readonly string[] }
  | {
      readonly kind: 'options';
      readonly program: string;
      readonly subcommand?: readonly string[];
      /** Exact names; a final `=` says that the flag takes a value; `-NUM` stands for `-5` and the like. */
      readonly flags: readonly string[];
      readonly operands: 'any' | 'none' | 'paths';
    };

/** One rule of commands.yaml, read and checked. */
export interface CommandRule {
  readonly id: string;
  readonly decision: Judgement;
  /** Absent on forbid rules. */
  readonly class?: ActionClass;
  readonly form: RuleForm;
  readonly gate?: string;
  readonly why: string;
  readonly instead?: string;
  readonly unsafe?: string;
  readonly match: readonly string[];
  readonly notMatch: readonly string[];
}

/** All of commands.yaml. */
export interface CommandRules {
  readonly rules: readonly CommandRule[];
  readonly default: 'ask' | 'forbid';
  /** Program name to the absolute paths that are it. */
  readonly executables: ReadonlyMap<string, readonly string[]>;
  readonly gates: ReadonlyMap<string, { readonly approvers: string; readonly min: number; readonly message: string }>;
}

/** What an adapter found beside the text; recorded with the decision, so that it can be evaluated again. */
export interface CommandFacts {
  /** Absolute; the tracked cwd of the first command. */
  readonly cwd: string;
  /** Absolute roots that `operands: paths` may name. */
  readonly roots: readonly string[];
  /** Literal commands found inside a script that could not be split; undefined where nobody looked. */
  readonly inner?: readonly (readonly string[])[];
}

/** Why a verdict is what it is: a rule's own words, or a code of ours with its sentence. */
export interface CommandReason {
  readonly rule?: string;
  readonly code?: string;
  readonly text: string;
  readonly instead?: string;
}

export interface CommandVerdict {
  readonly verdict: Judgement;
  /** The highest class of the matched allow and ask rules; mutate-high where one command matched nothing. */
  readonly class: ActionClass;
  /** All matched rule ids, sorted. */
  readonly rules: readonly string[];
  /** Classes of approvers that the ask needs, sorted; empty unless the verdict is `ask`. */
  readonly gates: readonly string[];
  readonly codes: readonly string[];
  /** Base names of what would run, sorted. */
  readonly programs: readonly string[];
  /** The strictest first. */
  readonly reasons: readonly CommandReason[];
  readonly split: Split;
}
