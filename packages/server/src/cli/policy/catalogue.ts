/** `policy catalogue`: newer prices and capabilities of models, shown as a difference; written into the governance directory only when asked. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCatalogue, refreshCatalogue, shippedCatalogue } from '../../config/index.ts';
import type { Call } from '../call.ts';
import { governanceDir } from '../governance.ts';

export async function catalogue(call: Call): Promise<void> {
  const path = join(governanceDir(call, 1), 'catalogue.json');
  const base = existsSync(path) ? parseCatalogue(readFileSync(path, 'utf8')) : shippedCatalogue();
  const { from, to, changes, text } = await refreshCatalogue(call.arg(0), base);
  if (call.json) call.print({ from, to, changes });
  else for (const { id, change, figures } of changes) call.write(`${change.padEnd(12)} ${id} ${figures.join(', ')}`.trimEnd());
  call.say(`${changes.length} changes from ${from} to ${to}`);
  if (!call.flag('write')) return call.say(`Nothing was written. next: the same with --write, then countersign plan`);
  writeFileSync(path, text);
  call.say(`${path} is written. next: countersign plan`);
}
