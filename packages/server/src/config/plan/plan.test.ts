import { beforeAll, describe, expect, test } from 'vitest';
import { buildBundle } from '../build/build.ts';
import { edited, starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { type InForce, planBundle, planJson, planText } from './plan.ts';

let inForce: InForce;
beforeAll(async () => {
  const result = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!result.ok) throw new Error('the starter does not build');
  inForce = { snapshot: result.snapshot, files: result.files };
}, 60_000);

const plan = (files: Readonly<Record<string, string>>) => planBundle(files, { cedar: cedarText, inForce });

describe('a plan says what changes in meaning', () => {
  test('nothing', async () => {
    const same = await plan(await starterFiles());
    expect([same.changes, same.files]).toEqual([[], []]);
    expect(planText(same)).toMatch(/No changes\.\n$/);
  });

  test('comments and layout change the revision, and nothing that decides', async () => {
    const files = await starterFiles();
    const commented = await plan({
      ...files,
      'policies/10-access.cedar': `// A remark.\n${files['policies/10-access.cedar'] ?? ''}`,
    });
    expect([commented.changes, commented.files]).toEqual([[], [{ file: 'policies/10-access.cedar', change: 'changed' }]]);
    expect(planText(commented)).toContain('Nothing that decides changes; the texts do.');
  });

  test.each<[string, string, string, string, readonly unknown[]]>([
    [
      'a message',
      'policies/20-limits.cedar',
      'The mandate is for another repository.',
      'Not this repository.',
      ['policy', 'limit.mandate-repository', 'annotations', false],
    ],
    ['a quorum', 'policies/30-gates.cedar', '@min("2")', '@min("3")', ['policy', 'gate.infrastructure', 'changed', true]],
    [
      'a condition',
      'policies/20-limits.cedar',
      'T00:00:00Z") &&\n  !(resource',
      'T00:00:01Z") &&\n  !(resource',
      ['policy', 'limit.year-end-freeze', 'changed', true],
    ],
    [
      'an agent’s class',
      'agents/docs-refresh-planner-dev.yaml',
      'dataClass: internal',
      'dataClass: confidential',
      ['agent', 'docs-refresh-planner-dev', 'changed', true],
    ],
    [
      'an agent switched off',
      'agents/docs-refresh-planner-dev.yaml',
      'tier: 1',
      'tier: 1\ndisabled: true',
      ['agent', 'docs-refresh-planner-dev', 'changed', false],
    ],
    [
      'a budget raised',
      'countersign.yaml',
      'limit: 2000000000',
      'limit: 3000000000',
      ['budget', 'org microUsd per month', 'changed', true],
    ],
    [
      'a budget lowered',
      'countersign.yaml',
      'limit: 2000000000',
      'limit: 1000000000',
      ['budget', 'org microUsd per month', 'changed', false],
    ],
    [
      'a person in another group',
      'countersign.yaml',
      'groups: [team:docs, group:docs-owners, group:code-owners]',
      'groups: [team:docs, group:docs-owners]',
      ['person', 'sam', 'changed', false],
    ],
    ['a waiting time', 'countersign.yaml', 'hold: 45s', 'hold: 30s', ['settings', 'example', 'changed', false]],
  ])('%s', async (_, path, from, to, expected) => {
    const changed = await plan(await edited(path, from, to));
    expect(changed.changes.map(({ group, id, change, widens }) => [group, id, change, widens])).toEqual([expected]);
  });

  test('what may allow more comes first, and the text shows how', async () => {
    const files = await edited('countersign.yaml', 'limit: 2000000000', 'limit: 3000000000');
    const changed = await plan({
      ...files,
      'models/gpt-6-luna.yaml': (files['models/gpt-6-luna.yaml'] ?? '').replace('class: small', 'class: code'),
    });
    expect(planText(changed)).toMatch(
      /^May allow what is denied now:\n {2}~ budget org microUsd per month\n {6}limit: 2000000000 -> 3000000000\nAlso:\n {2}~ model gpt-6-luna\n {6}modelClass: small -> code\nCases: \d+ passed, 0 failed; coverage 100 %\.\nRevision [0-9a-f]{12} would replace [0-9a-f]{12}\.\n$/,
    );
  });

  test('a model that goes is a change; its fallback says who needs it', async () => {
    const { 'models/claude-opus-4-7.yaml': _, ...without } = await starterFiles();
    expect((await plan(without)).changes).toEqual([
      { group: 'model', id: 'claude-opus-4-7', change: 'removed', details: [], widens: false },
    ]);
  });

  test('a shadow policy put in force is a change that narrows', async () => {
    const files = await edited(
      'policies/50-shadow.cedar',
      '@id("shadow.small-diffs") @layer("limit") @mode("shadow") @since("2026-11-21")',
      '@id("shadow.small-diffs") @layer("limit")',
    );
    const promoted = await plan({
      ...files,
      'policies/tests/work.yaml': (files['policies/tests/work.yaml'] ?? '').replace(
        'expect: { decision: allow, shadow: [shadow.small-diffs] }',
        'expect: { decision: deny, policies: [shadow.small-diffs] }',
      ),
    });
    expect(promoted.result.ok).toBe(true);
    expect(promoted.changes).toEqual([
      {
        group: 'policy',
        id: 'shadow.small-diffs',
        change: 'changed',
        details: ['@mode: shadow -> nothing', '@since: 2026-11-21 -> nothing'],
        widens: false,
      },
    ]);
  });
});

test('a broken directory is refused, and what is in force is untouched', async () => {
  const before = JSON.stringify([inForce.snapshot.revision, inForce.snapshot.source, inForce.files]);
  const broken = await plan({ ...(await starterFiles()), 'policies/20-limits.cedar': 'forbid (' });
  expect(planText(broken)).toMatch(/error cedar\.syntax.*\nRefused: the revision in force stays\.\n$/);
  expect(planJson(broken)).toMatchObject({ revision: null, base: inForce.snapshot.revision, meaning: [], promotions: [] });
  expect(JSON.stringify([inForce.snapshot.revision, inForce.snapshot.source, inForce.files])).toBe(before);
});

test('a first plan adds everything', async () => {
  const first = await planBundle(await starterFiles(), { cedar: cedarText });
  expect([first.base, first.changes.every(({ change }) => change === 'added')]).toEqual([null, true]);
});
