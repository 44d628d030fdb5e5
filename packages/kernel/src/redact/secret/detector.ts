/**
 * Secrets: every keyword of every rule in one pass, and only where a keyword stands its rules' patterns, sticky and bounded. What a rule
 * finds depends on the few hundred units around its keyword and on nothing else, so that windows need no merging, a whole file gives what
 * its pieces give, and the work is bounded by the number of keywords.
 */
import { Fault } from '../../fault.ts';
import { type Automaton, makeAutomaton, occurs, search } from '../automaton.ts';
import type { Confidence, Detector, Hit } from '../detector.ts';
import { RUN_MAX, runBefore } from '../runs.ts';
import { closesAt, type CompiledRule, compileRule, type MatchMaker, opensAt } from './compile.ts';
import { entropyShare } from './entropy.ts';
import { isHarmless } from './harmless.ts';
import type { SecretRule } from './rule.ts';

interface Compiled {
  readonly automaton: Automaton;
  /** Rules by keyword. */
  readonly rules: readonly (readonly CompiledRule[])[];
  /** Units from the beginning of a keyword to the end of the longest match of a rule. */
  readonly reach: number;
}

function compile(rules: readonly SecretRule[], matcher: MatchMaker | undefined): Compiled {
  const byKeyword = new Map<string, CompiledRule[]>();
  const ids = new Set<string>();
  let reach = 0;
  for (const rule of rules) {
    if (ids.has(rule.id)) throw new Fault('internal.fault', `The rule \`${rule.id}\` is there twice`);
    ids.add(rule.id);
    const compiled = compileRule(rule, matcher);
    for (const keyword of new Set(rule.keywords)) {
      byKeyword.set(keyword, [...(byKeyword.get(keyword) ?? []), compiled]);
      reach = Math.max(reach, keyword.length + compiled.reach);
    }
  }
  return { automaton: makeAutomaton([...byKeyword.keys()]), rules: [...byKeyword.values()], reach };
}

/** What the rule says of a value that its pattern matched. */
function verdictOn({ rule }: CompiledRule, value: string): { confidence: Confidence; validator?: string } | undefined {
  if (rule.harmless && isHarmless(value)) return undefined;
  if (rule.entropy > 0 && entropyShare(value) < rule.entropy) return undefined;
  const verdict = rule.check?.(value) ?? true;
  if (verdict === false) return undefined;
  return verdict === true ? { confidence: rule.confidence } : { confidence: 3, validator: verdict };
}

/** Names are shorter; a keyword behind so many letters and digits stands in an encoded text, as in a public key. */
const NAME_UNITS_MAX = 40;
const ENCODED = new RegExp(`^[A-Za-z0-9+/]{${NAME_UNITS_MAX}}$`);
/** Names of what everybody may know. */
const PUBLIC = /(?:public|publishable|pub|site|cache|idempotency|partition|primary|foreign)[_.\- ]?(?:key)?$/i;

/** Whether the keyword at `at` can be part of the name of a secret. */
function isInSecretName(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - NAME_UNITS_MAX), at);
  return !ENCODED.test(before) && !PUBLIC.test(before);
}

function tryAt(compiled: CompiledRule, text: string, at: number, keyword: number): Hit | undefined {
  const { rule, match } = compiled;
  const found = match(text, at);
  if (found === undefined) return undefined;
  const { end, value } = found;
  if (!opensAt(compiled.left, text, at) || !closesAt(compiled.right, text, end)) return undefined;
  if (!text.startsWith(rule.follows, end) || (rule.names && !isInSecretName(text, keyword))) return undefined;
  const verdict = verdictOn(compiled, value);
  if (verdict === undefined) return undefined;
  return { rule: rule.id, kind: 'secret', start: end - value.length, end, raises: rule.raises, ...verdict };
}

/** Tries a rule at a place, for a keyword that begins at another. */
type Attempt = (rule: CompiledRule, at: number, keyword: number) => boolean;

/** Calls `attempt` with each place at which a rule's pattern is to be tried, those of one keyword from the left. */
function places(compiled: Compiled, text: string, from: number, attempt: Attempt): void {
  const { automaton, rules } = compiled;
  search(automaton, text, from, (keyword, end) => {
    const start = end - (automaton.keywords[keyword]?.length ?? 0);
    for (const rule of rules[keyword] ?? []) {
      const [least, most] = rule.rule.before;
      const anchor = rule.rule.anchor === 'start' ? start : end;
      for (let back = most; back >= least; back--) if (anchor >= back && attempt(rule, anchor - back, start)) break;
    }
  });
}

/** Where those that yield are left out when a surer one overlaps. */
function withoutYielding(hits: readonly Hit[], yielding: ReadonlySet<string>): readonly Hit[] {
  const sure = hits.filter(({ rule }) => !yielding.has(rule));
  if (sure.length === hits.length) return hits;
  return hits.filter(({ rule, start, end }) => !yielding.has(rule) || !sure.some((one) => one.start < end && one.end > start));
}

/**
 * @param matcher how patterns are matched, where not by the language's own
 * @throws Fault when a rule is not well formed or an id is there twice
 */
export function secretDetector(rules: readonly SecretRule[], matcher?: MatchMaker): Detector {
  const compiled = compile(rules, matcher);
  const yielding = new Set(rules.filter((rule) => rule.yields).map(({ id }) => id));
  return {
    kind: 'secret',
    rules,
    detect(text, _options, emit) {
      const hits: Hit[] = [];
      places(compiled, text, 0, (rule, at, keyword) => {
        const hit = tryAt(rule, text, at, keyword);
        if (hit !== undefined) hits.push(hit);
        return hit !== undefined;
      });
      for (const hit of withoutYielding(hits, yielding)) emit(hit);
    },
    open(text) {
      // A keyword that is not complete is part of the last run, and so is what a rule has before its keyword.
      let open = runBefore(text, text.length, text.length - RUN_MAX);
      places(compiled, text, Math.max(0, text.length - compiled.reach), ({ beginning, reach }, at) => {
        if (at >= open || at + reach < text.length) return false;
        beginning.lastIndex = at;
        if (beginning.test(text)) open = at;
        return false;
      });
      return open;
    },
  };
}

/** Tells texts in which no keyword of any rule occurs: for them nothing but decoding could find a secret. */
export function keywordFilter(rules: readonly SecretRule[]): (text: string) => boolean {
  const automaton = makeAutomaton([...new Set(rules.flatMap(({ keywords }) => keywords))]);
  return (text) => occurs(automaton, text);
}
