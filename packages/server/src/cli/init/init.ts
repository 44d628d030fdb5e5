/** `init`: the starter governance directory, with JSON Schemas for editors. Never writes over anything. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readDirectory, schemaFiles, starterDirectory } from '../../config/index.ts';
import type { Call } from '../call.ts';
import { CliError } from '../exit.ts';
import { governanceDir } from '../governance.ts';

const ORGANISATION = /^[a-z0-9][a-z0-9-]{0,62}$/;

async function starterFiles(organisation: string | undefined): Promise<Record<string, string>> {
  const files: Record<string, string> = { ...(await readDirectory(starterDirectory())) };
  for (const [name, text] of Object.entries(schemaFiles())) files[`.schema/${name}`] = text;
  return organisation === undefined ? files : renamed(files, organisation);
}

/** The organisation is named in countersign.yaml, and by the policies and cases that speak of it. */
function renamed(files: Readonly<Record<string, string>>, organisation: string): Record<string, string> {
  const [, old] = /^organisation: (\S+)$/m.exec(files['countersign.yaml'] ?? '') ?? [];
  if (old === undefined) return { ...files };
  const change = (text: string) =>
    text
      .replace(/^organisation: \S+$/m, `organisation: ${organisation}`)
      .replaceAll(new RegExp(`(Org::"?)${old}\\b`, 'g'), `$1${organisation}`);
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, change(text)]));
}

export async function init(call: Call): Promise<void> {
  const dir = governanceDir(call);
  const shown = relative(call.io.cwd, dir) || '.';
  const organisation = call.text('organisation');
  if (organisation !== undefined && !ORGANISATION.test(organisation))
    throw new CliError('usage', `\`${organisation}\` is no name of an organisation`, {
      why: 'it is lower-case letters, digits and dashes',
    });
  if (existsSync(dir) && (await readdir(dir)).length > 0)
    throw new CliError('failed', `${shown} is not empty`, {
      why: 'init never writes over anything',
      next: `countersign plan ${shown}, or choose another directory`,
    });
  const files = await starterFiles(organisation);
  for (const [path, text] of Object.entries(files)) {
    if (!call.dryRun) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text, { flag: 'wx' });
    }
    call.write(join(shown, path));
  }
  call.say(
    call.dryRun
      ? `would write ${Object.keys(files).length} files`
      : `next: countersign policy test ${shown}, then countersign up --governance ${shown}`,
  );
}
