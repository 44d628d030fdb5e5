// Checks besides the tests; each counts as one. `looked` proves that a check read something: silence alone is no success.
import { join } from 'node:path';

const bin = (root, path) => join(root, 'node_modules', path);

const numberIn = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0);

export const checksOf = (root) => [
  { name: 'build', args: [bin(root, 'typescript/bin/tsc'), '-b'] },
  { name: 'types of the tests', args: [bin(root, 'typescript/bin/tsc'), '-p', 'tsconfig.tests.json'] },
  {
    name: 'format',
    args: [bin(root, '@biomejs/biome/bin/biome'), 'format', '.'],
    looked: (text) => numberIn(text, /Checked (\d+) files?/),
  },
  {
    name: 'lint',
    args: [bin(root, 'oxlint/bin/oxlint'), '--quiet'],
    looked: (text) => numberIn(text, / on (\d+) files? with [1-9]\d* rules/),
  },
  { name: 'dead code', args: [bin(root, 'knip/bin/knip.js'), '--no-progress'] },
  { name: 'house', args: ['scripts/house.mjs'], looked: (text) => numberIn(text, /^words: (\d+) looked at/m) },
];
