import { describe, expect, test } from 'vitest';
import type { BundleSnapshot } from '../../../ports/registry.ts';
import type { Caller } from '../../../ports/road.ts';
import { AGENT, MANDATE } from '../testing/stage.ts';
import type { HookCall } from './call.ts';
import { planOf } from './plan.ts';

const ROOT = '/checkout/repo';

function plan(client: HookCall['client'], tool: string, input: HookCall['input'], server?: string) {
  const call: HookCall = {
    ...{ client, event: 'PreToolUse', session: 's', turn: 't', call: 'c', cwd: ROOT, mode: 'default', wait: 10 },
    ...{ tool, input, server },
  };
  const caller = { agent: AGENT, mandate: MANDATE } as Caller;
  const snapshot = {
    repositories: new Map([['payments', { id: 'payments', modules: [] }]]),
    compiled: { namespace: 'Countersign' },
  } as unknown as BundleSnapshot;
  const made = planOf({ call, caller, snapshot, root: ROOT, trace: '0', exposes: (name) => name === 'create_ticket' });
  return made.kind === 'refused' ? made.code : made.kind;
}

const patch = '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch';

describe('what a client would do is what is asked about, or it is refused', () => {
  test.each([
    ['codex', 'Bash', { command: `apply_patch <<'EOF'\n${patch}\nEOF` }, 'hook.patch'],
    ['codex', 'Bash', { command: `cd .. && apply_patch <<EOF\n${patch}\nEOF` }, 'hook.patch'],
    ['codex', 'Bash', { command: `cd src && applypatch <<-X\n${patch}\nX` }, 'hook.patch'],
    ['codex', 'Bash', { command: `apply_patch '${patch}'` }, 'hook.patch'],
    ['codex', 'Bash', { command: 'grep -r apply_patch src' }, 'command'],
    ['claude', 'Bash', { command: 'cat <<EOF\napply_patch\nEOF' }, 'command'],
    ['codex', 'apply_patch', { command: patch }, 'asks'],
    ['claude', 'Glob', { pattern: '**/*.{ts,js}' }, 'asks'],
    ['claude', 'Glob', { pattern: '*', path: `${ROOT}/src` }, 'asks'],
    ['claude', 'Glob', { pattern: '*', path: '/home' }, 'hook.path'],
    ['claude', 'Glob', { pattern: '/home/*/.ssh/*' }, 'hook.path'],
    ['claude', 'Glob', { pattern: '../*' }, 'hook.path'],
    ['claude', 'Glob', { pattern: 'a/{..,b}/../*' }, 'hook.path'],
    ['claude', 'Glob', { pattern: '{a,/etc}/*' }, 'hook.path'],
    ['claude', 'Glob', { pattern: '~/*' }, 'hook.path'],
    ['claude', 'Glob', {}, 'hook.path'],
    ['claude', 'Write', { file_path: `${ROOT}/.mcp.j\u017fon`, content: '' }, 'hook.path'],
    ['claude', 'constructor', {}, 'hook.tool'],
    ['codex', 'toString', {}, 'hook.tool'],
    ['claude', 'PowerShell', { command: 'ls' }, 'hook.tool'],
    ['claude', 'mcp__countersign__create_ticket', {}, 'elsewhere'],
    ['claude', 'mcp__countersign__other', {}, 'hook.tool'],
    ['codex', 'mcp__countersign_create_ticket', {}, 'hook.tool'],
    ['codex', 'MCP__countersign__create_ticket', {}, 'hook.tool'],
  ] as const)('%s %s %j: %s', (client, tool, input, answer) => {
    expect(plan(client, tool, input)).toBe(answer);
  });

  test('a name of ours from another server is none of ours', () =>
    expect(plan('claude', 'mcp__countersign__create_ticket', {}, 'own')).toBe('hook.tool'));
});
