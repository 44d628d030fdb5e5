/** What a hook is told, in the one form that both clients read. INVARIANT: always explicit; an empty answer means "no opinion" to them, and they go on. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { HookEvent } from './call.ts';

export type Verdict =
  | { readonly word: 'allow' }
  /** Only before a tool is used: a person is needed, and the client asks again and waits. */
  | { readonly word: 'ask'; readonly text: string }
  | { readonly word: 'deny'; readonly text: string };

const out = (hookEventName: string, more: JsonRecord): JsonRecord => ({ hookSpecificOutput: { hookEventName, ...more } });

export function answerOf(event: HookEvent, verdict: Verdict): JsonRecord {
  if (event === 'PermissionRequest') {
    const decision: JsonRecord = verdict.word === 'allow' ? { behavior: 'allow' } : { behavior: 'deny', message: verdict.text };
    return out(event, { decision });
  }
  const reason = verdict.word === 'allow' ? 'Countersign: allowed and on record.' : verdict.text;
  return out(event, { permissionDecision: verdict.word, permissionDecisionReason: reason });
}

/** For Codex before a tool is used: there is no "ask"; what is not denied is asked about again by `PermissionRequest`. */
export const codexAnswerOf = (event: HookEvent, verdict: Verdict): JsonRecord =>
  answerOf(event, verdict.word === 'ask' ? { word: 'allow' } : verdict);

/** For events that ask nothing. */
export const NOTED: JsonRecord = { continue: true, suppressOutput: true };

/** A prompt that goes nowhere. */
export const blocked = (text: string): JsonRecord => ({ decision: 'block', reason: text });

/** Nobody knows what was asked: every form of "no" that clients know. */
export const refused = (text: string): JsonRecord => ({
  continue: false,
  stopReason: text,
  decision: 'block',
  reason: text,
});
