import { createRequire } from 'node:module';
import { split } from '@countersign/kernel/command';
import { expect, test } from 'vitest';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { randomOf, randomText } from '../../../../kernel/src/command/testing/random.ts';

/** Texts that one of the two accepts. */
const TEXTS = 4_000;
const SEED = 20_260_807;
/** Strictness is not to be won by refusing what a parser finds plain. */
const SHARE_MIN = 0.55;

/** What a client's own check takes for commands of literal words: nothing but these, joined by these. */
const PLAIN_NODES = new Set(
  'program list pipeline command command_name word string string_content raw_string number concatenation'.split(' '),
);
const PLAIN_TOKENS = new Set(['&&', '||', ';', '|', '"', "'", '\n']);

const isPlain = (node: Node): boolean =>
  (node.isNamed ? PLAIN_NODES.has(node.type) : PLAIN_TOKENS.has(node.type)) && node.children.every((child) => isPlain(child));

async function openParser(): Promise<Parser> {
  const { resolve } = createRequire(import.meta.url);
  await Parser.init({ locateFile: () => resolve('web-tree-sitter/web-tree-sitter.wasm') });
  const parser = new Parser();
  parser.setLanguage(await Language.load(resolve('tree-sitter-bash/tree-sitter-bash.wasm')));
  return parser;
}

test('of random texts that the split or a parser finds plain, the split takes most', async () => {
  const parser = await openParser();
  const isParsed = (text: string): boolean => {
    const tree = parser.parse(text);
    const root = tree?.rootNode;
    const plain = root !== undefined && !root.hasError && root.childCount > 0 && isPlain(root);
    tree?.delete();
    return plain;
  };
  const random = randomOf(SEED);
  const seen = new Set<string>();
  const taken = { split: 0, parser: 0, both: 0 };
  while (seen.size < TEXTS) {
    const text = randomText(random);
    if (seen.has(text)) continue;
    const [ours, theirs] = [split(text, 'bash').ok, isParsed(text)];
    if (!ours && !theirs) continue;
    seen.add(text);
    taken.split += Number(ours);
    taken.parser += Number(theirs);
    taken.both += Number(ours && theirs);
  }
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
    process.stderr.write(`${JSON.stringify({ texts: TEXTS, ...taken, share: taken.split / TEXTS })}\n`);
  expect(taken.split / TEXTS).toBeGreaterThanOrEqual(SHARE_MIN);
  expect(taken.parser).toBeGreaterThan(TEXTS / 4);
});
