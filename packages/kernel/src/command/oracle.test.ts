import { describe, expect, test } from 'vitest';
import { split } from './split.ts';
import { isSame, type Oracle, openOracle, type Ran } from './testing/oracle.ts';
import { randomOf, randomText } from './testing/random.ts';

/** Accepted texts that bash has to read as we do. Given by the environment, all of them are tried, however long that takes. */
const GIVEN = process.env['COUNTERSIGN_SPLIT_CASES'];
const CASES = Number(GIVEN ?? 50_000);
/** A machine that is busy tries fewer: milliseconds after which no batch is begun, and how many there have to be all the same. */
const BUDGET_MS = GIVEN === undefined ? 30_000 : Number.POSITIVE_INFINITY;
const CASES_MIN = GIVEN === undefined ? 1_000 : CASES;
/** Shells at the same time. */
const SHELLS = 2;
const SEED = Number(process.env['COUNTERSIGN_SPLIT_SEED'] ?? Date.now() % 1_000_000);
const BATCH = 500;
/** Of each batch, so many are also given to a shell of their own. */
const ALONE = 1;
const MS_MAX = GIVEN === undefined ? 300_000 : 36_000_000;

const oracle: Oracle = openOracle();

/** Texts whose first word is a path cannot be asked about: bash looks for the file instead. */
const canBeAsked = (text: string): boolean => {
  const found = split(text, 'bash');
  return found.ok && found.commands.every(({ argv }) => argv[0]?.includes('/') === false);
};

function programsOf(text: string): string[] {
  const found = split(text, 'bash');
  return found.ok ? found.commands.map(({ argv }) => argv[0] as string) : [];
}

interface Wrong {
  readonly text: string;
  readonly ran: Ran;
}

async function wrongAlone(text: string): Promise<Wrong[]> {
  const found = split(text, 'bash');
  const ran = await oracle.alone(text);
  return found.ok && isSame(found.commands, ran) ? [] : [{ text, ran }];
}

/** What is wrong in a batch counts only when a shell of its own says so, too. */
async function wrongOf(texts: readonly string[]): Promise<Wrong[]> {
  let suspects: readonly string[];
  try {
    const names = new Set(texts.flatMap(programsOf));
    const ran = await oracle.batch(texts, [...names]);
    suspects = texts.filter((text, at) => {
      const found = split(text, 'bash');
      return at < ALONE || !found.ok || !isSame(found.commands, ran[at] as Ran);
    });
  } catch {
    suspects = texts;
  }
  const wrong: Wrong[] = [];
  for (const text of suspects) wrong.push(...(await wrongAlone(text)));
  return wrong;
}

/** So many accepted texts that were not tried before. */
function freshTexts(random: () => number, seen: Set<string>, count: number): string[] {
  const texts: string[] = [];
  while (texts.length < count) {
    const text = randomText(random);
    if (seen.has(text) || !canBeAsked(text)) continue;
    seen.add(text);
    texts.push(text);
  }
  return texts;
}

describe('real bash runs exactly what the split names', () => {
  test(
    `up to ${CASES} random accepted texts`,
    async () => {
      const random = randomOf(SEED);
      const wrong: Wrong[] = [];
      const seen = new Set<string>();
      const until = performance.now() + BUDGET_MS;
      while (seen.size < CASES && wrong.length === 0 && (performance.now() < until || seen.size < CASES_MIN)) {
        const batches = Array.from({ length: SHELLS }, () => freshTexts(random, seen, BATCH));
        wrong.push(...(await Promise.all(batches.map(wrongOf))).flat());
      }
      process.stderr.write(`bash read ${seen.size} texts as the split does${oracle.isSandboxed ? '' : ', without a sandbox'}\n`);
      expect({ seed: SEED, wrong }).toEqual({ seed: SEED, wrong: [] });
      expect(seen.size).toBeGreaterThanOrEqual(CASES_MIN);
    },
    MS_MAX,
  );
});
