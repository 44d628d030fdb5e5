import { expect, test } from 'vitest';
import { keepInside } from './escalation.ts';

const call = (args: object, more: object = {}) => ({
  type: 'function_call',
  name: 'exec_command',
  call_id: 'call_1',
  arguments: JSON.stringify(args),
  ...more,
});
const ASKING = { cmd: 'ls', sandbox_permissions: 'require_escalated' };
const INSIDE = { cmd: 'ls', sandbox_permissions: 'use_default' };

test.each<[string, object, object]>([
  ['an item that is done', { type: 'response.output_item.done', item: call(ASKING) }, { item: call(INSIDE) }],
  [
    'the end of the answer',
    { type: 'response.completed', response: { output: [call(ASKING)] } },
    { response: { output: [call(INSIDE)] } },
  ],
  ['an answer in one piece', { object: 'response', output: [call(ASKING)] }, { output: [call(INSIDE)] }],
  [
    'arguments that are done',
    { type: 'response.function_call_arguments.done', arguments: JSON.stringify(ASKING) },
    { arguments: JSON.stringify(INSIDE) },
  ],
  [
    'more permissions',
    { item: call({ cmd: 'ls', sandbox_permissions: 'with_additional_permissions', additional_permissions: {} }) },
    { item: call({ ...INSIDE, additional_permissions: {} }) },
  ],
  [
    'the older name',
    { item: call({ command: ['ls'], with_escalated_permissions: true }) },
    { item: call({ command: ['ls'], with_escalated_permissions: false }) },
  ],
  [
    'an escaped name',
    { item: call({}, { arguments: '{"sandbox\\u005fpermissions":"require_escalated"}' }) },
    { item: call({ sandbox_permissions: 'use_default' }) },
  ],
  [
    'a name that is there twice',
    { item: call({}, { arguments: '{"sandbox_permissions":"use_default","sandbox_permissions":"require_escalated"}' }) },
    { item: call({ sandbox_permissions: 'use_default' }) },
  ],
])('%s loses the wish', (_, event, expected) => {
  const json = structuredClone(event) as Record<string, unknown>;
  expect(keepInside(json)).toBe(1);
  expect(json).toMatchObject(expected);
});

test.each<[string, object]>([
  ['a command without the wish', { item: call({ cmd: 'echo require_escalated' }) }],
  ['one that says that it stays inside', { item: call(INSIDE) }],
  ['a call of a tool server', { item: call(ASKING, { namespace: 'mcp__own' }) }],
  [
    'a patch about it',
    { item: { type: 'custom_tool_call', name: 'apply_patch', input: 'sandbox_permissions: require_escalated' } },
  ],
  ['arguments that are no JSON', { item: call({}, { arguments: '{"sandbox_permissions":' }) }],
  ['arguments that are no object', { item: call({}, { arguments: '"sandbox_permissions"' }) }],
  ['pieces', { type: 'response.function_call_arguments.delta', delta: '"require_escalated"' }],
])('%s stays as it is', (_, event) => {
  const json = structuredClone(event) as Record<string, unknown>;
  expect(keepInside(json)).toBe(0);
  expect(json).toEqual(event);
});
