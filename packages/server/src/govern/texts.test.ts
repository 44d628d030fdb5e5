import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { Decision } from '@countersign/kernel/decide';
import { canonicalize } from '@countersign/kernel/ledger';
import { decisionText } from './decision-text.ts';
import { factsText } from './facts.ts';

const texts = fc.array(fc.constantFrom('a', 'b', 'a\nb', 'a,b', ''), { maxLength: 3 });
const decisions: fc.Arbitrary<Decision> = fc.record({
  answer: fc.constantFrom('allow', 'allow', 'deny'),
  code: fc.constantFrom('ok', 'ok', 'other'),
  reasons: fc.constantFrom([], [], [{ code: 'x', message: 'y' }]),
  gates: fc.constantFrom([], [], [{ gate: 'g', approvers: 'team:a', min: 1, policies: ['p'] }]),
  obligations: texts,
  policies: texts,
  errors: fc.constant([]),
  shadow: fc.constantFrom([], [], [{ policy: 'p', effect: 'wouldDeny' as const }]),
  whyNot: fc.constant([]),
  actionClass: fc.constantFrom(null, 'read', 'draft'),
  revision: fc.constantFrom('r1', 'r2'),
});

test('a decision has its canonical text, whatever was decided before', () => {
  fc.assert(
    fc.property(fc.array(decisions, { maxLength: 30 }), (list) => {
      for (const decision of list) expect(decisionText(decision)).toBe(canonicalize(decision));
    }),
  );
});

test('facts have the canonical text of context and entities', () => {
  const member = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.integer()),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), member), (context) => {
      expect(factsText({ context })).toBe(canonicalize({ context, entities: [] }));
    }),
  );
  const entities = [{ uid: { type: 'T', id: 'i' }, parents: [], attrs: { a: 1 } }];
  expect(factsText({ context: {}, entities })).toBe(canonicalize({ context: {}, entities }));
});
