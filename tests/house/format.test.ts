import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTree, type Tree } from './tree.ts';

const BIOME = '@biomejs/biome/bin/biome';
let tree: Tree;

beforeEach(() => {
  tree = makeTree();
  tree.plant('packages/kernel/src/fine.ts', "export const fine = 'fine';\n");
});

afterEach(() => tree.remove());

describe('the format check', () => {
  it('passes a formatted tree, and looked at it', () => {
    const { code, text } = tree.run(BIOME, 'format', '.');
    expect({ code, looked: Number(/Checked (\d+) files/.exec(text)?.[1]) > 5 }).toEqual({ code: 0, looked: true });
  });

  it.each([
    ['double quotes', 'export const text = "double";\n'],
    ['four spaces', "export const go = () => {\n    return 'x';\n};\n"],
    ['a missing semicolon', "export const text = 'x'\n"],
    [
      'a missing trailing comma',
      "export const list = [\n  'one that is long enough to be broken, yes, long enough to be broken',\n  'and another one that is long enough to be broken over two lines'\n];\n",
    ],
    ['a line of more than 130 columns', `export const sum = (one: number): number => ${'one + '.repeat(24)}one;\n`],
  ])('catches %s', (_what, code) => {
    tree.plant('packages/server/src/planted.ts', code);
    const outcome = tree.run(BIOME, 'format', '.');
    expect({ failed: outcome.code !== 0, named: outcome.text.includes('packages/server/src/planted.ts') }).toEqual({
      failed: true,
      named: true,
    });
  });
});
