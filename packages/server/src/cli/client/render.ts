import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Call } from '../call.ts';
import { clientName, filesOf } from './source.ts';

/** The files of one client: on standard output, or into a folder. */
export async function render(call: Call): Promise<void> {
  const files = await filesOf(call, clientName(call.arg(0)));
  if (call.json) return call.print({ files });
  const out = call.text('out');
  if (out === undefined) {
    for (const { name, text } of files) {
      if (files.length > 1) call.say(`--- ${name}`);
      call.write(text);
    }
    return;
  }
  const folder = resolve(call.io.cwd, out);
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) {
    writeFileSync(join(folder, name), text);
    call.say(`wrote ${join(folder, name)}`);
  }
}
