/** What was found while a script was judged, and the verdict that comes of it. */
import type { ActionClass } from '../action/index.ts';
import { ACTION_CLASSES } from '../action/index.ts';
import { CODES, type Code } from './code.ts';
import type { CommandReason, CommandRule, CommandRules, CommandVerdict, Judgement, Split } from './types.ts';

const HIGHEST: ActionClass = 'mutate-high';
const LOWEST: ActionClass = 'read';
/** Who answers where no rule says. */
const DEFAULT_GATE = 'command';
const RANK: Readonly<Record<Judgement, number>> = { allow: 0, ask: 1, forbid: 2 };

const stricter = (a: ActionClass, b: ActionClass): ActionClass =>
  ACTION_CLASSES.indexOf(a) >= ACTION_CLASSES.indexOf(b) ? a : b;

const sorted = (values: Iterable<string>): string[] => [...values].sort();

function ruleReason({ id, why, instead }: CommandRule): CommandReason {
  return { rule: id, text: why, ...(instead === undefined ? {} : { instead }) };
}

/** Collects; everything here only ever makes the verdict stricter. */
export class Findings {
  readonly #rules: CommandRules;
  readonly #matched = new Map<string, CommandRule>();
  readonly #codes = new Map<Code, Judgement>();
  readonly #texts = new Map<Code, string>();
  readonly #programs = new Set<string>();
  #verdict: Judgement = 'allow';
  #class: ActionClass = LOWEST;

  constructor(rules: CommandRules) {
    this.#rules = rules;
  }

  #raise(verdict: Judgement): void {
    if (RANK[verdict] > RANK[this.#verdict]) this.#verdict = verdict;
  }

  program(name: string): void {
    this.#programs.add(name);
  }

  rule(rule: CommandRule): void {
    this.#matched.set(rule.id, rule);
    this.#raise(rule.decision);
    this.#class = stricter(this.#class, rule.class ?? HIGHEST);
  }

  /** Something asks by itself, whatever rules say. */
  ask(code: Code): void {
    this.#codes.set(code, 'ask');
    this.#raise('ask');
  }

  /** No rule said anything: the default of the rules does. */
  unmatched(code: Code): void {
    this.#codes.set(code, this.#rules.default);
    this.#raise(this.#rules.default);
    this.#class = HIGHEST;
  }

  #gates(): string[] {
    if (this.#verdict !== 'ask') return [];
    const gates = new Set<string>();
    for (const rule of this.#matched.values()) if (rule.decision === 'ask') gates.add(rule.gate ?? DEFAULT_GATE);
    if (this.#codes.size > 0) gates.add(DEFAULT_GATE);
    return sorted(gates);
  }

  /** The strictest first, rules before codes, each kind in the order of its names. */
  #reasons(): CommandReason[] {
    const rules = [...this.#matched.values()].map((rule) => ({
      rank: RANK[rule.decision],
      name: rule.id,
      reason: ruleReason(rule),
    }));
    const codes = [...this.#codes].map(([code, verdict]) => ({
      rank: RANK[verdict] - 0.5,
      name: code,
      reason: { code, text: this.#texts.get(code) ?? CODES[code] },
    }));
    return [...rules, ...codes].sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1)).map(({ reason }) => reason);
  }

  verdict(split: Split): CommandVerdict {
    return {
      verdict: this.#verdict,
      class: this.#class,
      rules: sorted(this.#matched.keys()),
      gates: this.#gates(),
      codes: sorted(this.#codes.keys()),
      programs: sorted(this.#programs),
      reasons: this.#reasons(),
      split,
    };
  }
}
