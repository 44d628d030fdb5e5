/** `policy fmt`: policies in the reference formatter's form. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';
import { exitOf, governanceDir } from '../governance.ts';

export async function fmt(call: Call): Promise<ExitName> {
  const dir = join(governanceDir(call), 'policies');
  const names = await readdir(dir).catch(() => {
    throw new CliError('failed', `There is no directory ${relative(call.io.cwd, dir)}`, { next: 'countersign init governance' });
  });
  const cedar = await call.io.tools.cedar();
  const changed: string[] = [];
  for (const name of names.filter((each) => each.endsWith('.cedar')).sort()) {
    const path = join(dir, name);
    const before = await readFile(path, 'utf8');
    const after = await cedar.formatPolicies(before, `policies/${name}`);
    if (after === before) continue;
    changed.push(name);
    call.write(relative(call.io.cwd, path));
    if (!call.flag('check')) await writeFile(path, after);
  }
  call.say(
    changed.length === 0 ? 'all policies are formatted' : `${changed.length} ${call.flag('check') ? 'would change' : 'changed'}`,
  );
  return exitOf(changed.length === 0 || !call.flag('check'));
}
