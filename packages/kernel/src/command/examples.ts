/** Rules are held to their own examples: a rule that doesn't do what it says is found before it decides anything. */
import { judgeCommand } from './judge.ts';
import type { CommandFacts, CommandRules } from './types.ts';

/** Where examples run: a path inside is relative, or below this one. */
const EXAMPLE_FACTS: CommandFacts = { cwd: '/repository', roots: ['/repository'] };

/** One example that does not hold. */
export interface RuleExampleFailure {
  readonly rule: string;
  readonly example: string;
  /** `match`: the rule should have matched, and did not. `not_match`: it did, and should not have. */
  readonly expected: 'match' | 'not_match';
  /** Why the example could not be split, where it couldn't. */
  readonly unclear?: string;
}

/** Holds every rule to its examples. Pure. @returns what does not hold, in the order of the rules */
export function checkRuleExamples(rules: CommandRules): RuleExampleFailure[] {
  const failures: RuleExampleFailure[] = [];
  for (const { id, match, notMatch } of rules.rules) {
    const check = (example: string, expected: 'match' | 'not_match'): void => {
      const verdict = judgeCommand(example, 'bash', rules, EXAMPLE_FACTS);
      if (verdict.rules.includes(id) === (expected === 'match')) return;
      failures.push({ rule: id, example, expected, ...(verdict.split.ok ? {} : { unclear: verdict.split.text }) });
    };
    for (const example of match) check(example, 'match');
    for (const example of notMatch) check(example, 'not_match');
  }
  return failures;
}
