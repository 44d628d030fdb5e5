/** Rules that came from a client's file, and what was lost on the way. */
import type { CommandRule, Judgement, RuleForm } from '../command/index.ts';
import { whyNotAllowed } from './allowable.ts';
import type { Loss } from './loss.ts';
import { begins, newId, plainArgv, wordsOf } from './words.ts';

export interface Imported {
  readonly rules: readonly CommandRule[];
  readonly default: 'ask' | 'forbid';
  readonly executables: ReadonlyMap<string, readonly string[]>;
  readonly losses: readonly Loss[];
}

export interface Draft {
  readonly decision: Judgement;
  readonly form: Extract<RuleForm, { kind: 'prefix' | 'exact' }>;
  readonly why: string;
  /** Scripts that the foreign file gives as examples. */
  readonly match?: readonly string[];
  readonly notMatch?: readonly string[];
}

/** Shortest `why` of a rule. */
const WHY_LENGTH_MIN = 8;
/** Characters that a word of a rule may not have: what cannot be seen cannot be reviewed. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Collects drafts under ids of their own. Nothing that comes in is of a low class: the foreign file says none. */
export class Drafts {
  readonly #kind: string;
  readonly #taken = new Set<string>();
  readonly rules: CommandRule[] = [];
  readonly losses: Loss[] = [];

  constructor(kind: string) {
    this.#kind = kind;
  }

  lose(rule: string, change: string, effect: Loss['effect']): void {
    this.losses.push({ rule, change, effect });
  }

  /** @param name of the entry, for what is told about it */
  add(name: string, draft: Draft): void {
    const { form, why } = draft;
    const words = form.kind === 'exact' ? form.words.map((word) => [word]) : form.words;
    if (words.some((alternatives) => alternatives.some((word) => word === '' || UNSEEN.test(word))))
      return this.lose(name, 'Left out: a word is empty or cannot be seen.', draft.decision === 'allow' ? 'tighter' : 'wider');
    const { decision, problem } = settled(draft);
    if (problem !== undefined) this.lose(name, `Asks instead of allowing: ${problem}`, 'tighter');
    const first = words.map((alternatives) => alternatives[0] ?? '');
    const id = newId(this.#kind, first, this.#taken);
    const rule: CommandRule = {
      id,
      decision,
      ...(decision === 'forbid' ? {} : { class: 'mutate-high' }),
      form,
      why: why.length >= WHY_LENGTH_MIN ? why : `${why} (from the rules of ${this.#kind})`.trim(),
      match: [],
      notMatch: [],
    };
    this.rules.push({ ...rule, ...examplesOf(rule, draft, first) });
  }
}

/** What may not be allowed by words is asked about. */
function settled({ decision, form }: Draft): { decision: Judgement; problem?: string } {
  const problem = decision === 'allow' ? whyNotAllowed(form) : undefined;
  return problem === undefined ? { decision } : { decision: 'ask', problem };
}

/** Their examples where they hold, and ours where they have none. */
function examplesOf(
  rule: CommandRule,
  { match = [], notMatch = [] }: Draft,
  first: readonly string[],
): Pick<CommandRule, 'match' | 'notMatch'> {
  const words = wordsOf(rule);
  const fits = (example: string): boolean => {
    const argv = plainArgv(example);
    if (argv === undefined) return false;
    return rule.form.kind === 'exact' ? argv.length === words.length && begins(argv, words) : begins(argv, words);
  };
  const holds = match.filter(fits);
  const other = first[0] === 'true' ? 'false' : 'true';
  // What an example of theirs spares may be caught here: wrappers are unwrapped, and names compared without case.
  return {
    match: holds.length === 0 ? [shellWords(first)] : holds,
    notMatch: [...notMatch.filter((each) => each === other), other].slice(0, 1),
  };
}

const shellWords = (words: readonly string[]): string =>
  words
    .map((word) =>
      /^[A-Za-z0-9_./+,:-]+$/.test(word) && !word.endsWith(':') ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(' ');
