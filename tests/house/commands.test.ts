import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../packages/server/src/cli/program.ts';
import type { Session } from '../../packages/server/src/cli/command.ts';
import { ROOT } from './tree.ts';

/** Enough to declare commands; none is run. */
type Command = ReturnType<typeof buildProgram>;

const session = { io: { out: () => undefined, err: () => undefined }, ended: 'ok' } as unknown as Session;

function namesOf(command: Pick<Command, 'commands'>, path: readonly string[] = []): string[] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()];
    return [own.join(' '), ...namesOf(child, own)];
  });
}

function documents(): string[] {
  const below = (readdirSync(join(ROOT, 'docs'), { recursive: true }) as string[]).map((path) => join('docs', path));
  const top = readdirSync(ROOT).filter((path) => path.endsWith('.md'));
  return [...below, ...top].filter((path) => path.endsWith('.md')).sort();
}

const commands = new Set(namesOf(buildProgram(session)));

/** Words after `countersign` in code that could be a noun and a verb: what has options or capitals is an argument. */
function mentions(text: string): string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`|^ {4,}.*$/gm)].map(([all]) => all).join('\n');
  return [...code.matchAll(/(?<![\w@/.-])countersign ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)/g)].map((match) => match[1] ?? '');
}

/** `policy test` as it is; `plan governance` is the command `plan` with an argument. */
const exists = (mention: string): boolean =>
  commands.has(mention) || (commands.has(mention.split(' ')[0] ?? '') && !isNoun(mention.split(' ')[0] ?? ''));
const isNoun = (name: string): boolean => [...commands].some((command) => command.startsWith(`${name} `));

describe('the documents', () => {
  it('name commands, and there are commands to compare with', () => {
    expect({ commands: commands.size > 20, documents: documents().length > 50 }).toEqual({ commands: true, documents: true });
  });

  it('name no command that does not exist', () => {
    const gone = documents().flatMap((path) =>
      mentions(readFileSync(join(ROOT, path), 'utf8'))
        .filter((mention) => !exists(mention))
        .map((mention) => `${path}: countersign ${mention}`),
    );
    expect(gone).toEqual([]);
  });

  it('would be caught naming one', () => {
    expect(
      mentions('Run `countersign agent explode NAME`, or\n\n    countersign ledger verify ./x\n').map((mention) => [
        mention,
        exists(mention),
      ]),
    ).toEqual([
      ['agent explode', false],
      ['ledger verify', true],
    ]);
  });
});
