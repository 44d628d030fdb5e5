import { expect, test } from 'vitest';
import { eventOf } from './event.ts';
import type { TelemetryRecord } from './record.ts';

const NOW = 1_795_895_634_188;
const codex = (name: string, attributes: TelemetryRecord['attributes']): TelemetryRecord => ({
  name,
  timeMs: NOW,
  attributes: { 'conversation.id': 'ses-1', ...attributes },
  resource: { 'service.name': 'codex_exec', 'service.version': '0.169.0' },
});
const attributesOf = (record: TelemetryRecord): Record<string, unknown> =>
  JSON.parse(eventOf('logs', record, NOW)?.attributes ?? '{}') as Record<string, unknown>;

test('what was said and what came back stays outside, what was asked for is cut, and persons are left out', () => {
  const kept = attributesOf(
    codex('codex.tool_result', {
      call_id: 'call_1',
      arguments: 'x'.repeat(5_000),
      output: 'the secret of the house',
      'user.email': 'a@example.com',
      'host.name': 'laptop-of-ada',
      long: 'y'.repeat(1_000),
    }),
  );
  expect(Object.keys(kept).sort()).toEqual(['arguments', 'call_id', 'conversation.id', 'long', 'output', 'service.version']);
  expect(String(kept['arguments'])).toHaveLength(2_001);
  expect(String(kept['long'])).toHaveLength(257);
  expect(kept['output']).toMatch(/^sha256:[0-9a-f]{64} \(23 characters\)$/);
});

test('only a result with a call is a run, and not one that never began', () => {
  const ran = (name: string, more: TelemetryRecord['attributes']) => eventOf('logs', codex(name, more), NOW)?.ran;
  expect(ran('codex.tool_result', { call_id: 'c', success: 'true', duration_ms: '12' })).toBe(true);
  expect(ran('codex.tool_result', { call_id: 'c', success: 'false', duration_ms: '12' })).toBe(true);
  expect(ran('codex.tool_result', { call_id: 'c', success: 'false', duration_ms: '0' })).toBe(false);
  expect(ran('codex.tool_result', {})).toBe(false);
  expect(ran('codex.tool_decision', { call_id: 'c' })).toBe(false);
});

test('a program of code mode is no run itself: each call that it makes is one', () => {
  const wish = '{"sandbox_permissions": "require_escalated"}';
  const seen = (tool_name: string) =>
    eventOf(
      'logs',
      codex('codex.tool_result', { call_id: 'c', tool_name, arguments: wish, success: 'true', duration_ms: '12' }),
      NOW,
    );
  for (const tool of ['exec', 'wait']) expect(seen(tool)).toMatchObject({ tool, ran: false, outside: false });
  for (const tool of ['exec_command', 'mcp__x__exec']) expect(seen(tool)).toMatchObject({ ran: true, outside: true });
});

test('strangers, other events and sessions without a name are not kept', () => {
  expect(eventOf('logs', codex('codex.sse_event', {}), NOW)).toBeUndefined();
  expect(eventOf('logs', { ...codex('x', {}), resource: { 'service.name': 'somebody' } }, NOW)).toBeUndefined();
  expect(eventOf('logs', codex('codex.tool_result', { 'conversation.id': 'has space' }), NOW)).toBeUndefined();
  expect(eventOf('traces', codex('span', {}), NOW)).toBeUndefined();
  expect(eventOf('traces', codex('exec', { call_id: 'c' }), NOW)).toMatchObject({ name: 'codex.span', call: 'c', ran: false });
  expect(eventOf('metrics', codex('claude_code.cost.usage', {}), NOW)).toBeUndefined();
});
