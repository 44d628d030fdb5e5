import { describe, expect, test } from 'vitest';
import type { DetectOptions, Hit } from '../detector.ts';
import { personalDetector } from './index.ts';

const PROSE: DetectOptions = { place: 'prose', regions: [] };
const rulesIn = (text: string, options = PROSE): string[] => {
  const found: string[] = [];
  personalDetector.detect(text, options, ({ rule }) => found.push(rule));
  return found;
};

describe('every rule finds its positive examples and none of its negative ones', () => {
  for (const { id, positive, negative } of personalDetector.rules) {
    test.each(positive)(`${id}: %s`, (text) => expect(rulesIn(text)).toContain(id));
    test.each(negative)(`${id}, not: %s`, (text) => expect(rulesIn(text)).not.toContain(id));
  }
});
