import { describe, expect, test } from 'vitest';
import { split } from './split.ts';
import { isSame, type Oracle, openOracle, type Ran } from './testing/oracle.ts';
import { randomOf, randomText } from './testing/random.ts';

/** Accepted texts that bash has to read as we do. */
const CASES = Number(process.env['COUNTERSIGN_SPLIT_CASES'] ?? 50_000);
const SEED = Number(process.env['COUNTERSIGN_SPLIT_SEED'] ?? Date.now() % 1_000_000);
const BATCH = 1_000;
/** Of each batch, so many are also given to a shell of their own. */
const ALONE = 1;
const MS_MAX = 900_000;

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

describe('real bash runs exactly what the split names', () => {
  test(
    `${CASES} random accepted texts`,
    async () => {
      const random = randomOf(SEED);
      const wrong: Wrong[] = [];
      const seen = new Set<string>();
      let batch: string[] = [];
      while (seen.size < CASES && wrong.length === 0) {
        const text = randomText(random);
        if (seen.has(text) || !canBeAsked(text)) continue;
        seen.add(text);
        batch.push(text);
        if (batch.length < BATCH && seen.size < CASES) continue;
        wrong.push(...(await wrongOf(batch)));
        batch = [];
      }
      expect({ seed: SEED, wrong }).toEqual({ seed: SEED, wrong: [] });
    },
    MS_MAX,
  );
});
