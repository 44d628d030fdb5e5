/** Command rules held to their own examples, and to what an allow may say at all. */
import { type CommandRule, type CommandRules, type CommandVerdict, judgeCommand } from '@countersign/kernel/command';
import { whyNotAllowed, wordsOf } from '@countersign/kernel/exchange';
import type { Findings, Place } from '../finding.ts';
import type { CommandsFile } from '../schema/commands.ts';
import type { Parsed } from '../schema/parse.ts';
import { commandRulesOf, commandsRecord } from './commands.ts';

/** Where examples are judged: one root, which is the working directory. */
const EXAMPLE_FACTS = { cwd: '/checkout', roots: ['/checkout'] } as const;
const STRICTNESS = { allow: 0, ask: 1, forbid: 2 } as const;

/** One example of one rule, judged by all of them. */
export interface ExampleResult {
  readonly rule: string;
  readonly example: string;
  readonly kind: 'match' | 'not_match';
  readonly verdict: CommandVerdict['verdict'];
  /** All that matched. */
  readonly rules: readonly string[];
}

export interface CommandReport {
  readonly examples: readonly ExampleResult[];
  /** Allows that say themselves that they are unsafe, with their reason. */
  readonly unsafe: readonly { readonly rule: string; readonly reason: string }[];
}

/** INVARIANT: only for a file that `checkCommands` found nothing wrong with. Undefined where there is none. */
export function lintCommands(file: Parsed<CommandsFile> | undefined, findings: Findings): CommandReport | undefined {
  if (file === undefined) return undefined;
  const rules = commandRulesOf(commandsRecord(file.value));
  const examples: ExampleResult[] = [];
  file.value.rules.forEach(({ id }, index) => {
    const rule = rules.rules.find((each) => each.id === id);
    if (rule === undefined) return;
    const at = (...path: readonly PropertyKey[]): Place => file.at('rules', index, ...path);
    lintAllow(rule, at, findings);
    lintReach(rule, rules, at, findings);
    examples.push(...runExamples(rule, rules, at, findings));
  });
  const unsafe = rules.rules.flatMap(({ id, unsafe: reason }) => (reason === undefined ? [] : [{ rule: id, reason }]));
  return { examples, unsafe };
}

type At = (...path: readonly PropertyKey[]) => Place;

function lintAllow(rule: CommandRule, at: At, findings: Findings): void {
  if (rule.decision !== 'allow') return;
  const problem = whyNotAllowed(rule.form);
  if (problem !== undefined && rule.unsafe === undefined)
    findings.error(at(rule.form.kind), {
      code: 'command.unsafe',
      message: `\`${rule.id}\` allows too much: ${problem}`,
      hint: 'ask instead, or say in `unsafe` why it may be allowed',
    });
}

/** A rule all of whose calls a stricter one meets never decides anything. */
function lintReach(rule: CommandRule, { rules }: CommandRules, at: At, findings: Findings): void {
  const over = rules.find((other) => STRICTNESS[other.decision] > STRICTNESS[rule.decision] && covers(other, rule));
  if (over === undefined) return;
  findings.warn(at('id'), {
    code: 'command.unreachable',
    message: `\`${rule.id}\` never decides: whatever it matches, \`${over.id}\` matches too, and is stricter.`,
  });
}

function covers({ form }: CommandRule, below: CommandRule): boolean {
  if (form.kind !== 'prefix' || form.having !== undefined || form.stdinFrom !== undefined) return false;
  const words = wordsOf(below);
  return (
    words.length >= form.words.length &&
    form.words.every((alternatives, at) => words[at]?.every((word) => alternatives.includes(word)))
  );
}

function runExamples(rule: CommandRule, rules: CommandRules, at: At, findings: Findings): ExampleResult[] {
  const alone: CommandRules = { ...rules, rules: [rule] };
  const run = (example: string, kind: ExampleResult['kind'], index: number): ExampleResult => {
    const matches = judgeCommand(example, 'bash', alone, EXAMPLE_FACTS).rules.includes(rule.id);
    if (matches !== (kind === 'match'))
      findings.error(at(kind, index), {
        code: 'command.example',
        message: `\`${rule.id}\` ${matches ? 'matches' : 'does not match'} its example \`${printable(example)}\`.`,
      });
    const { verdict, rules: matched } = judgeCommand(example, 'bash', rules, EXAMPLE_FACTS);
    return { rule: rule.id, example, kind, verdict, rules: matched };
  };
  return [
    ...rule.match.map((example, index) => run(example, 'match', index)),
    ...rule.notMatch.map((example, index) => run(example, 'not_match', index)),
  ];
}

const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
