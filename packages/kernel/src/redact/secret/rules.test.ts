import { expect, test } from 'vitest';
import { BLOCK_RULES } from '../blocks.ts';
import type { RuleInfo } from '../detector.ts';
import { find } from '../find.ts';
import { secretDetector, SECRET_RULES } from './index.ts';

const detectors = [secretDetector(SECRET_RULES)];
const OPTIONS = { place: 'data', regions: [], detectors } as const;
const rulesIn = (text: string) => find(text, OPTIONS).map(({ rule }) => rule);
const ALL: readonly RuleInfo[] = [...BLOCK_RULES, ...SECRET_RULES];

test('there are at least 160 rules', () => expect(ALL.length).toBeGreaterThanOrEqual(160));

test.each(ALL.map((rule) => [rule.id, rule] as const))('%s finds what it says it finds, and nothing else', (id, rule) => {
  expect([rule.positive.length > 0, rule.negative.length > 0]).toEqual([true, true]);
  expect(rule.positive.filter((text) => !rulesIn(text).includes(id))).toEqual([]);
  expect(rule.negative.filter((text) => rulesIn(text).includes(id))).toEqual([]);
});
