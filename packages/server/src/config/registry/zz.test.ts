import { test } from 'vitest';
import { readDirectory } from '../read/files.ts';
import { starterDirectory } from '../starter.ts';
import { findingText } from '../finding.ts';
import { readCommandRules } from './command-files.ts';
test('x', async () => {
  const { findings, rules } = readCommandRules(await readDirectory(starterDirectory()));
  console.log(findings.map(findingText).join('\n'), rules?.rules.length);
});
