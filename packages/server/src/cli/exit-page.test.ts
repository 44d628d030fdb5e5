import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXITS, exitTable } from './exit.ts';

const PAGE = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');

test('the documentation has the table of exit codes as the program has it', () => {
  const rows = Object.values(EXITS).map(({ code, text }) => `| ${code} | ${text} |`);
  expect(PAGE).toContain(rows.join('\n'));
});

test('the help has every code', () => {
  for (const { code, text } of Object.values(EXITS)) expect(exitTable()).toContain(`  ${code}  ${text}`);
});
