import { expect, test } from 'vitest';
import { split } from './split.ts';
import { agentLines } from './testing/agent-lines.ts';

const LINES = 10_000;
const SEED = 20_260_807;
/** Strictness is not to be won by refusing everything. */
const SHARE_MIN = 0.55;

test('most lines that agents write in an ordinary task are taken apart', () => {
  const refused = new Map<string, number>();
  for (const line of agentLines(LINES, SEED)) {
    const found = split(line, 'bash');
    if (!found.ok) refused.set(found.code, (refused.get(found.code) ?? 0) + 1);
  }
  const share = 1 - [...refused.values()].reduce((sum, count) => sum + count, 0) / LINES;
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
    process.stderr.write(`${JSON.stringify({ accepted: share, refused: Object.fromEntries(refused) })}\n`);
  expect(share).toBeGreaterThanOrEqual(SHARE_MIN);
  // Lines that nobody can take apart for sure are in the lines, and refused.
  expect([...refused.keys()].sort()).toEqual(
    expect.arrayContaining(['shell.assignment', 'shell.background', 'shell.expansion', 'shell.redirect']),
  );
});
