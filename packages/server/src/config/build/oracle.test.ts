import { expect, test } from 'vitest';
import { Oracle } from '../../adapters/cedar/index.ts';
import { starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { buildBundle } from './build.ts';

test('the reference implementation decides every case of the starter alike', async () => {
  const result = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!result.ok) throw new Error('the starter does not build');
  const oracle = new Oracle();
  const mismatches = [];
  for (const { case: each, decision } of result.cases) {
    const mismatch = await oracle.check(result.snapshot.source, each.facts, each.request, decision);
    if (mismatch !== undefined) mismatches.push({ name: each.name, ...mismatch });
  }
  await oracle.close();
  expect(mismatches).toEqual([]);
});
