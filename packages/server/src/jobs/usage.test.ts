import { beforeAll, expect, test } from 'vitest';
import type { BundleSnapshot } from '../ports/registry.ts';
import { History } from './testing/history.ts';
import { modelCall, starterSnapshot } from './testing/starter.ts';
import { policyUsage } from './usage.ts';

let starter: BundleSnapshot;
beforeAll(async () => {
  starter = await starterSnapshot();
}, 60_000);

const useOf = async (history: History, policy: string) => {
  const report = await policyUsage({ ...history.source(), snapshot: starter }, { from: 0 });
  return report.policies.find((each) => each.policy === policy);
};

test('policies are counted where they decided, and those that never did are named', async () => {
  const history = new History();
  history.decided(starter, modelCall());
  history.decided(starter, modelCall());
  history.decided(starter, modelCall({ model: 'gpt-6-astra' }));
  const report = await policyUsage({ ...history.source(), snapshot: starter }, { from: 0 });
  const decided = Object.fromEntries(
    report.policies.filter((each) => each.decided > 0).map((each) => [each.policy, each.decided]),
  );
  expect(decided).toEqual({ 'access.model-call': 2, 'gate.preview-model': 1 });
  expect(report.decisions).toBe(3);
  expect(report.never).toContain('gate.database');
  expect(report.never).not.toContain('access.model-call');
  // Duties are recorded by name.
  expect(report.policies.filter((each) => each.layer === 'obligation')).toEqual([]);
});

test('a limit that never decided alone is covered by the others, until it once does', async () => {
  const history = new History();
  history.decided(starter, modelCall({ args: { declaredRank: 3 } }));
  expect((await useOf(history, 'limit.data-class-agent'))?.coveredBy).toEqual([
    'limit.data-class-model',
    'limit.restricted-data',
  ]);
  history.decided(starter, modelCall({ args: { declaredRank: 2 } }));
  expect((await useOf(history, 'limit.data-class-agent'))?.coveredBy).toEqual([]);
  expect((await useOf(history, 'limit.restricted-data'))?.coveredBy).toContain('limit.data-class-agent');
});

test('an empty range has decided nothing', async () => {
  const report = await policyUsage({ ...new History().source(), snapshot: starter }, { from: 0 });
  expect([report.decisions, report.never.length]).toEqual([0, report.policies.length]);
});
