/** Canonical JSON of decisions. Plain permissions come again and again from the same policies, so their texts are kept. */
import { canonicalize } from '@countersign/kernel/ledger';
import type { Decision } from '@countersign/kernel/decide';

interface Kept {
  readonly decision: Decision;
  readonly text: string;
}

/** Few combinations of policies permit most requests. */
const KEPT_MAX = 16;
const kept: Kept[] = [];

export function decisionText(decision: Decision): string {
  if (!isPlain(decision)) return canonicalize(decision);
  for (const known of kept) if (isSame(known.decision, decision)) return known.text;
  const text = canonicalize(decision);
  if (kept.length >= KEPT_MAX) kept.pop();
  kept.unshift({ decision, text });
  return text;
}

/** Nothing but the members that `isSame` compares can differ between two plain permissions. */
const isPlain = ({ answer, code, reasons, gates, errors, shadow, whyNot }: Decision): boolean =>
  answer === 'allow' && code === 'ok' && reasons.length + gates.length + errors.length + shadow.length + whyNot.length === 0;

const isSame = (a: Decision, b: Decision): boolean =>
  a.revision === b.revision &&
  a.actionClass === b.actionClass &&
  sameTexts(a.policies, b.policies) &&
  sameTexts(a.obligations, b.obligations);

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, at) => text === b[at]);
