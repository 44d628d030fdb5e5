/** One thread that parses scripts, one at a time, until it is done or this thread is ended. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { Language, Parser } from 'web-tree-sitter';
import { collect } from './commands.ts';
import type { Answer, Job } from './protocol.ts';

/** Scripts in scripts. */
const DEPTH_MAX = 4;

const { resolve } = createRequire(import.meta.url);
await Parser.init({ locateFile: () => resolve('web-tree-sitter/web-tree-sitter.wasm') });
const parser = new Parser();
parser.setLanguage(await Language.load(resolve('tree-sitter-bash/tree-sitter-bash.wasm')));

/** A line that goes on is one line. Within single quotes it would not be, which only changes a word there. */
const joined = (text: string): string => text.replace(/(?<!\\)((?:\\\\)*)\\\n/g, '$1');

/** A backslash before the first letter of a word means nothing to the shell, and misleads the parser at the beginning of a line. */
const bare = (text: string): string => text.replace(/(^|[\s;&|(`])\\(?=[A-Za-z_])/g, '$1');

function look(text: string, depth: number): Omit<Answer, 'id'> {
  const tree = parser.parse(bare(joined(text)));
  if (tree === null) return { commands: [], hasError: true };
  const { commands, scripts } = collect(tree.rootNode);
  let { hasError } = tree.rootNode;
  tree.delete();
  for (const script of depth < DEPTH_MAX ? scripts : []) {
    const inside = look(script, depth + 1);
    commands.push(...(inside.commands ?? []).map((words) => [...words]));
    hasError ||= inside.hasError === true;
  }
  return { commands, hasError };
}

parentPort?.on('message', ({ id, text }: Job) => {
  parentPort?.postMessage({ id, ...look(text, 0) } satisfies Answer);
});
parentPort?.postMessage({ id: 0 } satisfies Answer);
