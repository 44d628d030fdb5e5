/** A rule made ready: its pattern, the pattern of its beginnings, its boundaries. What is not well formed is refused here. */
import { Fault } from '../../fault.ts';
import { isRunUnit } from '../runs.ts';
import type { SecretRule } from './rule.ts';
import { shapeOf } from './shape.ts';

const KEYWORD_LEAST = 3;

/** End of the match that begins exactly at `at`, and the length of the group that closes it; undefined where none begins. */
export type Match = (text: string, at: number) => { readonly end: number; readonly value: string } | undefined;

/** Makes a matcher of a pattern; `reach` is how far it can look. */
export type MatchMaker = (source: string, flags: '' | 'i', reach: number) => Match;

const backtracking: MatchMaker = (source, flags) => {
  const pattern = new RegExp(source, `y${flags}`);
  return (text, at) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return found === null ? undefined : { end: pattern.lastIndex, value: found[1] ?? found[0] };
  };
};

export interface CompiledRule {
  readonly rule: SecretRule;
  readonly match: Match;
  readonly beginning: RegExp;
  /** Units from where the pattern is tried to the end of the longest match. */
  readonly reach: number;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
}

const TABLES = new Map<string, Uint8Array>();

/** Membership of ASCII units in a class given by its inside. */
function tableOf(inside: string): Uint8Array {
  const known = TABLES.get(inside);
  if (known !== undefined) return known;
  const table = new Uint8Array(128);
  const pattern = inside === '' ? undefined : new RegExp(`[${inside}]`);
  for (let unit = 0; unit < 128; unit++) if (pattern?.test(String.fromCharCode(unit)) === true) table[unit] = 1;
  TABLES.set(inside, table);
  return table;
}

/** @throws Fault when a keyword is missing, too short or could be split over two runs, or the pattern is not safe */
export function compileRule(rule: SecretRule, matcher: MatchMaker = backtracking): CompiledRule {
  const wrong = (why: string) => new Fault('internal.fault', `The rule \`${rule.id}\` ${why}`);
  if (rule.keywords.length === 0) throw wrong('has no keyword');
  for (const keyword of rule.keywords) {
    if (keyword.length < KEYWORD_LEAST) throw wrong(`has the keyword \`${keyword}\`, which is too short`);
    if (keyword !== keyword.toLowerCase()) throw wrong(`has the keyword \`${keyword}\`, which is not lower case`);
    for (let i = 0; i < keyword.length; i++)
      if (!isRunUnit(keyword.charCodeAt(i))) throw wrong(`has the keyword \`${keyword}\`, which a stream could split`);
  }
  if (rule.follows.length > 1) throw wrong('asks for more than one unit to follow');
  const { reach, beginning } = shapeOf(rule.pattern);
  return {
    rule,
    match: matcher(rule.pattern, rule.flags, reach),
    beginning: new RegExp(beginning, `y${rule.flags}`),
    reach,
    left: tableOf(rule.left),
    right: tableOf(rule.right),
  };
}

const has = (table: Uint8Array, unit: number): boolean => unit < 128 && table[unit] === 1;

/** Whether a match may begin at `at`. A letter that a backslash makes an escape is no neighbour. */
export function opensAt(table: Uint8Array, text: string, at: number): boolean {
  return (
    at === 0 ||
    !has(table, text.charCodeAt(at - 1)) ||
    (at > 1 && text.charCodeAt(at - 2) === 92 && /[nrtbf]/.test(text.charAt(at - 1)))
  );
}

/** Whether a match may end before `at`. */
export const closesAt = (table: Uint8Array, text: string, at: number): boolean =>
  at >= text.length || !has(table, text.charCodeAt(at));
