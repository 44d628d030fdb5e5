import { describe, expect, test } from 'vitest';
import { split } from './split.ts';
import { isPlainName, isSame, type Oracle, openOracle, type Ran } from './testing/oracle.ts';
import { randomOf, randomText } from './testing/random.ts';
import type { SimpleCommand } from './types.ts';

/** Accepted texts that bash has to read as we do. */
const CASES = Number(process.env['COUNTERSIGN_SPLIT_CASES'] ?? 50_000);
const SEED = Number(process.env['COUNTERSIGN_SPLIT_SEED'] ?? Date.now() % 1_000_000);
/** Shells at the same time. */
const SHELLS = 2;
const BATCH = Math.min(1_000, Math.ceil(CASES / SHELLS));
/** Of each batch, so many are also given to a shell of their own. */
const ALONE = 4;
/** The share that is kept of texts with a pipe or with a program that only quotes can name: each costs bash a process. */
const COSTLY = 0.1;
/** Half a minute on two quiet processors; a busy machine takes its time. */
const MS_MAX = Math.max(600_000, CASES * 12);

const oracle: Oracle = openOracle();

/** What a text is believed to run; nothing where it is not understood. */
type Reading = (text: string) => readonly SimpleCommand[] | undefined;

const ours: Reading = (text) => {
  const found = split(text, 'bash');
  return found.ok ? found.commands : undefined;
};

/** Commands whose first word is a path cannot be asked about: bash looks for the file instead. */
const canBeAsked = (text: string, read: Reading): boolean =>
  oracle.mayAsk(text) && read(text)?.every(({ argv }) => argv[0]?.includes('/') === false) === true;

/** Whether bash needs a process of its own for it. */
const isCostly = (commands: readonly SimpleCommand[]): boolean =>
  commands.some(({ argv, op }) => op === '|' || !isPlainName(argv[0] as string));

const namesOf = (texts: readonly string[], read: Reading): string[] => [
  ...new Set(texts.flatMap((text) => (read(text) ?? []).map(({ argv }) => argv[0] as string))),
];

const isWrong = (text: string, ran: Ran, read: Reading): boolean => !isSame(read(text) ?? [], ran);

/** Texts that one shell, asked for all of them, reads otherwise. Where that shell ended early, every one is suspected. */
async function suspectsOf(texts: readonly string[], read: Reading): Promise<readonly string[]> {
  try {
    const ran = await oracle.batch(texts, namesOf(texts, read));
    return texts.filter((text, at) => isWrong(text, ran[at] as Ran, read));
  } catch {
    return texts;
  }
}

interface Wrong {
  readonly text: string;
  readonly ran: Ran;
}

/** What is wrong in a batch counts only when a shell of its own says so, too. */
async function wrongOf(texts: readonly string[], read: Reading): Promise<Wrong[]> {
  const asked = [...new Set([...texts.slice(0, ALONE), ...(await suspectsOf(texts, read))])];
  const ran = await oracle.alone(asked);
  return asked.map((text, at) => ({ text, ran: ran[at] as Ran })).filter((one) => isWrong(one.text, one.ran, read));
}

/** So many texts that `read` accepts and that were not tried before. */
function freshTexts(random: () => number, seen: Set<string>, count: number, read: Reading): string[] {
  const texts: string[] = [];
  while (texts.length < count) {
    const text = randomText(random);
    if (seen.has(text) || !canBeAsked(text, read) || (isCostly(read(text) ?? []) && random() >= COSTLY)) continue;
    seen.add(text);
    texts.push(text);
  }
  return texts;
}

/** What a search found, and how far it came. */
interface Found {
  readonly wrong: readonly Wrong[];
  readonly tried: number;
}

async function search(read: Reading, count: number, seed: number): Promise<Found> {
  const random = randomOf(seed);
  const seen = new Set<string>();
  while (seen.size < count) {
    const batches = Array.from({ length: SHELLS }, () => freshTexts(random, seen, Math.min(BATCH, count - seen.size), read));
    const wrong = (await Promise.all(batches.map((texts) => wrongOf(texts, read)))).flat();
    if (wrong.length > 0) return { wrong, tried: seen.size };
  }
  return { wrong: [], tried: seen.size };
}

describe('real bash runs exactly what the split names', () => {
  test(
    `${CASES} random accepted texts`,
    async () => {
      const from = performance.now();
      const { wrong, tried } = await search(ours, CASES, SEED);
      if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
        process.stderr.write(
          `${JSON.stringify({ wrong: wrong.length, tried, seconds: (performance.now() - from) / 1_000, sandbox: oracle.isSandboxed })}\n`,
        );
      expect({ seed: SEED, wrong }).toEqual({ seed: SEED, wrong: [] });
      expect(tried).toBeGreaterThanOrEqual(CASES);
    },
    MS_MAX,
  );
});

/** A reading that is wrong in one way: what it takes the text for, before it reads as we do. */
const taking =
  (change: (text: string) => string): Reading =>
  (text) =>
    ours(change(text));

const PLANTED: Readonly<Record<string, Reading>> = {
  // Only of texts that we take apart, too: others may do anything to the shell that is asked, such as going on beside it.
  'white space separates words, and nothing else does': (text) =>
    ours(text) === undefined ? undefined : [{ argv: text.trim().split(/\s+/), op: 'end', redirects: [], span: [0, text.length] }],
  'a carriage return separates words': taking((text) => text.replaceAll('\r', ' ')),
  'a wide space separates words': taking((text) => text.replaceAll('\u3000', ' ')),
  'a backslash is an ordinary character': taking((text) => text.replaceAll('\\', '\\\\')),
  'a line never goes on': taking((text) => text.replaceAll('\\\n', ' ')),
  'quotes that hold nothing are no word': taking((text) => text.replaceAll(/(?<=\s)(?:''|"")(?=\s)/g, '')),
  'a line break is a space': taking((text) => text.replaceAll('\n', ' ')),
  'a comment is words': taking((text) => text.replaceAll('#', '\\#')),
  'a keyword is a program': taking((text) => text.replaceAll(/\b(?:then|time|if)\b/g, "'$&'")),
  'braces are literal': taking((text) => text.replaceAll('{a,b}', "'{a,b}'")),
  'a variable is literal': taking((text) => text.replaceAll('$x', "'$x'")),
};

const wordsOf = (read: Reading, text: string): string => JSON.stringify(read(text)?.map(({ argv }) => argv));

/** Texts whose words tell one reading from ours. */
function tellingTexts(read: Reading, count: number): string[] {
  const random = randomOf(SEED);
  const seen = new Set<string>();
  while (seen.size < count) {
    const text = randomText(random);
    if (canBeAsked(text, read) && wordsOf(read, text) !== wordsOf(ours, text)) seen.add(text);
  }
  return [...seen];
}

describe('a reading that is wrong is caught', () => {
  test.each(Object.entries(PLANTED))('%s', async (_, read) => {
    const wrong = await wrongOf(tellingTexts(read, 24), read);
    expect(wrong.length).toBeGreaterThan(0);
  });
});
