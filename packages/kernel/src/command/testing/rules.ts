/** Rules to judge with. */
import type { CommandFacts, CommandRule, CommandRules, RuleForm } from '../types.ts';

export const FACTS: CommandFacts = { cwd: '/srv/repo', roots: ['/srv/repo'] };

export const rule = (
  id: string,
  decision: CommandRule['decision'],
  form: RuleForm,
  more: Partial<CommandRule> = {},
): CommandRule => ({
  id,
  decision,
  ...(decision === 'forbid' ? {} : { class: 'draft' as const }),
  form,
  why: `Why ${id}.`,
  match: [],
  notMatch: [],
  ...more,
});

export const prefix = (...words: (string | string[])[]): RuleForm => ({
  kind: 'prefix',
  words: words.map((word) => (typeof word === 'string' ? [word] : word)),
});

export const rulesOf = (rules: readonly CommandRule[], more: Partial<CommandRules> = {}): CommandRules => ({
  rules,
  default: 'ask',
  executables: new Map([['git', ['/usr/bin/git']]]),
  gates: new Map([['command', { approvers: 'team:platform', min: 1, message: 'No rule allows this.' }]]),
  ...more,
});

export const NO_PUSH = rule('git.no-push', 'forbid', prefix('git', ['push', 'send-pack']), { instead: 'Open a pull request.' });
export const NPM_TEST = rule('npm.test', 'allow', { kind: 'exact', words: ['npm', 'test'] });
export const SEARCH = rule(
  'rg.search',
  'allow',
  { kind: 'options', program: 'rg', flags: ['-n', '-i', '--line-number', '-g=', '--glob=', '-A=', '-NUM'], operands: 'paths' },
  { class: 'read' },
);
export const GIT_READ = rule('git.read', 'allow', prefix('git', ['status', 'log']), { class: 'read' });
export const APPLY = rule('tf.apply', 'ask', prefix('terraform', ['apply', 'destroy']), { class: 'mutate-high', gate: 'infra' });
