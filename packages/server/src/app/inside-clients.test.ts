import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asFault } from '@countersign/kernel/fault';
import { type InsideTerms, insideClients } from './inside-clients.ts';

const NATIVE = Buffer.from('\x7fELF and more');

let folder: string;
let codex: string;
let claude: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-inside-')));
  codex = join(folder, 'codex/bin/codex');
  claude = join(folder, 'claude');
  mkdirSync(join(folder, 'codex/bin'), { recursive: true });
  mkdirSync(join(folder, 'codex/codex-resources'));
  writeFileSync(codex, NATIVE);
  writeFileSync(claude, NATIVE);
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (more: Partial<InsideTerms> = {}) =>
  insideClients({
    programs: { codex, claude },
    files: (name) => [{ name: `${name}.settings`, text: name }],
    folder: join(folder, 'settings'),
    ...more,
  });

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (thrown) {
    return `${asFault(thrown).code} ${asFault(thrown).publicText}`;
  }
  return 'nothing';
};

test('programs and settings have their places, all of them read-only', () => {
  const mounts = open()(['codex', 'claude']);
  expect(mounts).toEqual([
    { path: expect.stringContaining('/settings/codex-') as string, at: '/etc/codex', mode: 'read' },
    { path: join(folder, 'codex'), at: '/opt/codex', mode: 'read' },
    { path: expect.stringContaining('/settings/claude-') as string, at: '/etc/claude-code', mode: 'read' },
    { path: claude, at: '/opt/claude/bin/claude', mode: 'read' },
  ]);
  const settings = mounts[0]?.path ?? '';
  expect(readFileSync(join(settings, 'codex.settings'), 'utf8')).toBe('codex');
  expect([statSync(settings).mode & 0o777, statSync(join(settings, 'codex.settings')).mode & 0o777]).toEqual([0o755, 0o644]);
});

test('a link to a program is not what is seen, but the program', () => {
  symlinkSync(claude, join(folder, 'link'));
  expect(open({ programs: { claude: join(folder, 'link') } })(['claude'])[1]?.path).toBe(claude);
});

test('other settings have another folder, and the same ones the same', () => {
  const clients = open();
  const [before] = clients(['claude']);
  expect(clients(['claude'])[0]).toEqual(before);
  const [after] = open({ files: () => [{ name: 'x', text: 'y' }] })(['claude']);
  expect(after?.path).not.toBe(before?.path);
});

test('a client that the node does not have is not there', () => {
  expect(open({ programs: {} })(['codex', 'claude'])).toEqual([]);
  expect(open()([])).toEqual([]);
});

test('without settings or a program of its own nothing starts', () => {
  writeFileSync(claude, '#!/usr/bin/env node\n');
  expect(refusal(() => open()(['claude']))).toMatch(/^sandbox\.unenforceable .*is not the program itself/);
  expect(refusal(() => open({ programs: { codex: join(folder, 'gone') } })(['codex']))).toMatch(
    /^sandbox\.unenforceable .*not there/,
  );
  expect(refusal(() => open({ files: () => undefined })(['codex']))).toMatch(/^sandbox\.unenforceable .*does not manage `codex`/);
});
