import { expect, test } from 'vitest';
import { runMutations } from '../../bench/mutations.mjs';
import * as verify from '../../packages/server/src/verify/index.ts';
import * as sample from '../../packages/server/src/verify/sample/index.ts';

const count = Number(process.env['LEDGER_MUTATIONS'] ?? 1_000);

test(`${count} single changes of exported ledgers are all noticed, and honest ledgers raise no alarm`, async () => {
  const result = await runMutations({ count, seed: 20_260_105, honest: Math.ceil(count / 20), code: { ...verify, ...sample } });
  expect({ missed: result.missed, falseAlarms: result.falseAlarms }).toEqual({ missed: [], falseAlarms: [] });
  expect(Object.keys(result.byKind).length).toBeGreaterThan(20);
});
