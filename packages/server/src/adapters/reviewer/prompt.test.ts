import type { JsonRecord } from '@countersign/kernel/json';
import { describe, expect, test } from 'vitest';
import { callOf } from './prompt.ts';

const DOCUMENT = '{"outcome":"approve","risk":"low","rationale":"x"}';
const text = { type: 'output_text', text: DOCUMENT };
const responses = (status: string, ...content: readonly JsonRecord[]): JsonRecord => ({
  status,
  output: [{ type: 'reasoning' }, { type: 'message', content }],
});
const chat = (finish: string, message: JsonRecord, ...more: readonly JsonRecord[]): JsonRecord => ({
  choices: [{ finish_reason: finish, message }, ...more],
});
const messages = (stop: string, ...content: readonly JsonRecord[]): JsonRecord => ({ stop_reason: stop, content });

describe('an answer is read where it came to its own end', () => {
  test.each([
    ['responses', responses('completed', text)],
    ['chat', chat('stop', { content: DOCUMENT, refusal: null })],
    ['messages', messages('end_turn', { type: 'thinking' }, { type: 'text', text: DOCUMENT })],
  ] as const)('%s', (format, answer) => {
    expect(callOf(format, 'm', {}).read(answer)).toBe(DOCUMENT);
  });

  test.each([
    ['responses', 'cut', responses('incomplete', text)],
    ['responses', 'failed', responses('failed', text)],
    ['responses', 'with a refusal beside it', responses('completed', text, { type: 'refusal', refusal: 'No.' })],
    ['responses', 'twice', responses('completed', text, text)],
    ['responses', 'nothing', {}],
    ['chat', 'cut', chat('length', { content: DOCUMENT })],
    ['chat', 'filtered', chat('content_filter', { content: DOCUMENT })],
    ['chat', 'with a refusal beside it', chat('stop', { content: DOCUMENT, refusal: 'No.' })],
    ['chat', 'twice', chat('stop', { content: DOCUMENT }, { finish_reason: 'stop', message: { content: DOCUMENT } })],
    ['messages', 'cut', messages('max_tokens', { type: 'text', text: DOCUMENT })],
    ['messages', 'refused', messages('refusal', { type: 'text', text: DOCUMENT })],
    ['messages', 'for a tool', messages('tool_use', { type: 'text', text: DOCUMENT }, { type: 'tool_use' })],
  ] as const)('%s: not %s', (format, _what, answer) => {
    expect(callOf(format, 'm', {}).read(answer)).toBeUndefined();
  });
});
