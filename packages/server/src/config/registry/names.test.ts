import { describe, expect, test } from 'vitest';
import { nameProblem } from './names.ts';

const FACTS = { purpose: 'Repairs failing tests of the payments service.', team: 'payments', role: 'editor', environment: 'dev' };
const problem = (id: string, facts: Partial<typeof FACTS> = {}) => nameProblem({ ...FACTS, ...facts, id });

describe('a name that tells is accepted', () => {
  test.each([
    ['payments-test-repair-editor-dev', 'dev'],
    ['docs-refresh-planner-dev', 'dev'],
    ['eks-diagnostics-readonly-prod', 'prod'],
    ['staging-job-runner-executor-staging', 'staging'],
    ['billing-agent-invoice-check-prod', 'prod'],
  ])('%s', (id, environment) => {
    expect(problem(id, { environment })).toBeUndefined();
  });
});

describe('a vague name is refused with a better one', () => {
  test.each([
    ['agent', 'does not end in its environment, `-dev`'],
    ['bot', 'does not end in its environment, `-dev`'],
    ['codex', 'does not end in its environment, `-dev`'],
    ['payments-test-repair-editor', 'does not end in its environment, `-dev`'],
    ['payments-test-repair-editor-prod', 'does not end in its environment, `-dev`'],
    ['agent-dev', 'says nothing about what the agent works on'],
    ['my-agent-dev', 'says nothing about what the agent works on'],
    ['ai-agent-dev', 'says nothing about what the agent works on'],
    ['test-dev', 'says nothing about what the agent works on'],
    ['codex-gpt-1-dev', 'says nothing about what the agent works on'],
    ['test-runner-work-dev', 'says nothing about what the agent works on'],
    ['payments-bot-dev', 'is vague: `bot` says nothing about it'],
    ['payments-codex-editor-dev', 'is vague: `codex` says nothing about it'],
    [
      'payments-editor-dev',
      'has 2 telling parts before its environment, and needs 3: what it works on, what it does there, and its role',
    ],
  ])('%s', (id, why) => {
    expect(problem(id)).toEqual({ message: `The name \`${id}\` ${why}.`, proposed: 'payments-repairs-failing-editor-dev' });
  });
});

test('what is proposed would be accepted', () => {
  for (const purpose of [
    'Repairs failing tests.',
    'Reads the cluster and explains what is wrong with it',
    'Upgrades frameworks',
  ]) {
    const proposed = problem('agent', { purpose })?.proposed ?? '';
    expect(problem(proposed, { purpose })).toBeUndefined();
  }
});
