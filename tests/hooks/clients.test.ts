/** The real clients ask the hook door before they act: what is allowed happens and is on record, what is not is explained to the model. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOf } from '../support/installation.ts';
import { HookStage } from './stage.ts';

let stage: HookStage;
beforeAll(async () => {
  stage = await HookStage.open();
});
afterAll(() => stage?.close());

const file = (name: string): string => join(stage.workshop.repository, name);
const text = (name: string): string | undefined => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : undefined);

async function decisions(): Promise<readonly unknown[]> {
  const entries = await ledgerOf(stage.at);
  return entries
    .filter(({ type, action }) => type === 'decision' && /^(repository|file|hook|tool)\./.test(String(action)))
    .map(({ action, resource, decision }) => [action, resource, (decision as { answer: string }).answer]);
}

test('Claude Code reads and writes what it may, and hears why not', async () => {
  const before = (await decisions()).length;
  const ended = await stage.run('claude', [
    { tool: 'Read', input: { file_path: file('README.md') } },
    { tool: 'Write', input: { file_path: file('src/notes.md'), content: 'first\n' } },
    { tool: 'Write', input: { file_path: file('src/billing/tax.js'), content: 'x\n' } },
    { tool: 'Write', input: { file_path: join(stage.workshop.home, 'outside.txt'), content: 'x\n' } },
    { tool: 'Write', input: { file_path: file('.git/hooks/pre-commit'), content: 'x\n' } },
  ]);
  const told = JSON.stringify(ended, null, 1).slice(0, 6_000);
  expect(ended.code, told).toBe(0);
  expect(text('src/notes.md'), told).toBe('first\n');
  expect(text('src/billing/tax.js')).toBeUndefined();
  expect(existsSync(join(stage.workshop.home, 'outside.txt'))).toBe(false);
  expect(text('.git/hooks/pre-commit')).toBeUndefined();
  const [read, , frozen, outside, git] = ended.results;
  expect(read).toContain('Payments, sample');
  expect(frozen).toContain('Billing is frozen until the audit is over');
  expect(outside).toContain('outside of the directory');
  expect(git).toContain('version control');
  expect((await decisions()).slice(before)).toEqual([
    ['repository.read', 'Repository:payments', 'allow'],
    ['file.edit', 'Path:payments/src/notes.md', 'allow'],
    ['file.edit', 'Path:payments/src/billing/tax.js', 'deny'],
    ['file.edit', 'Door:hook', 'deny'],
    ['file.edit', 'Door:hook', 'deny'],
  ]);
});

test('Codex patches what it may, through its hooks over MCP', async () => {
  const before = (await decisions()).length;
  const patch = (body: string) => ({ tool: 'apply_patch', input: `*** Begin Patch\n${body}\n*** End Patch\n` });
  const within = (before: string, name: string, more: object = {}) => ({
    tool: 'exec_command',
    input: { cmd: `${before}apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${name}\n+x\n*** End Patch\nEOF`, ...more },
  });
  mkdirSync(file('src/billing'), { recursive: true });
  const ended = await stage.run('codex', [
    patch('*** Add File: src/fresh.md\n+first'),
    patch('*** Add File: src/billing/tax.js\n+x'),
    patch('*** Add File: ../outside.md\n+x'),
    patch('  *** Add File: src/odd.md\n+x'),
    // Codex would apply these itself, from where the command stands.
    within('cd src/billing && ', 'tax.js'),
    within('cd .. && ', 'beside.md'),
    within('', 'tax.js', { workdir: file('src/billing') }),
  ]);
  const told = JSON.stringify(ended, null, 1).slice(0, 6_000);
  expect(ended.code, told).toBe(0);
  expect(text('src/fresh.md'), told).toBe('first\n');
  expect(text('src/billing/tax.js')).toBeUndefined();
  const [, frozen, outside, odd, ...inside] = ended.results;
  for (const one of inside) expect(one, told).toContain('A patch inside of a command is not read');
  expect(inside, told).toHaveLength(3);
  expect(text('../beside.md')).toBeUndefined();
  expect(frozen, told).toContain('Billing is frozen until the audit is over');
  expect(outside, told).toContain('outside of the directory');
  expect(odd, told).toContain('The patch is not read');
  expect((await decisions()).slice(before)).toEqual([
    ['file.edit', 'Path:payments/src/fresh.md', 'allow'],
    ['file.edit', 'Path:payments/src/billing/tax.js', 'deny'],
    ...Array<unknown>(5).fill(['file.edit', 'Door:hook', 'deny']),
  ]);
});

const shell = (kind: 'claude' | 'codex', command: string) =>
  kind === 'claude' ? { tool: 'Bash', input: { command, description: 'x' } } : { tool: 'exec_command', input: { cmd: command } };

describe.each(['claude', 'codex'] as const)('%s', (kind) => {
  test('runs the commands that a rule allows, and hears why not', async () => {
    const ended = await stage.run(kind, [
      shell(kind, 'ls -a'),
      shell(kind, 'git push origin main'),
      shell(kind, 'bash -c "git push origin main"'),
      // Not split, and looked into all the same: nobody is asked.
      shell(kind, '(true; git push origin main)'),
    ]);
    const told = JSON.stringify(ended, null, 1).slice(0, 6_000);
    expect(ended.code, told).toBe(0);
    const [listed, pushed, hidden, nested] = ended.results;
    expect(listed, told).toContain('README.md');
    expect(pushed, told).toContain('Branches are pushed through the git door');
    expect(hidden, told).toContain('Branches are pushed through the git door');
    expect(nested, told).toContain('Branches are pushed through the git door');
  });

  test('waits for a person, and does what was approved, once', async () => {
    const command = `touch approved-${kind}`;
    const running = stage.run(kind, [shell(kind, command), shell(kind, command)]);
    await stage.verdict('approve', command);
    await expect.poll(() => text(`approved-${kind}`), { timeout: 40_000 }).toBe('');
    rmSync(file(`approved-${kind}`), { force: true });
    await stage.verdict('deny', command);
    const ended = await running;
    const told = JSON.stringify(ended, null, 1).slice(0, 6_000);
    expect(ended.code, told).toBe(0);
    expect(ended.results[1], told).toContain('said no');
    expect(text(`approved-${kind}`)).toBeUndefined();
  });
});

test('what the clients say that they did is joined to what they asked', async () => {
  const ran = await stage.query('select client, tool, joined from client_event where ran');
  const told = ran.map(({ client, tool, joined }) => `${String(client)} ${String(tool)} ${String(joined)}`);
  expect(told.filter((line) => !line.endsWith(' allowed'))).toEqual([]);
  for (const line of ['claude Read', 'claude Write', 'claude Bash', 'codex apply_patch', 'codex exec_command'])
    expect(told).toContain(`${line} allowed`);
  expect(await stage.query('select code from client_finding')).toEqual([]);
});
