/** `ledger export`: the server streams the files, here they are written. An export without its last line is not whole, and says so. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Call } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError } from '../exit.ts';

/** Plain relative paths only: a server must not write beside the directory. */
const PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,12}$/;

async function emptyDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0)
    throw new CliError('failed', `${path} is not empty`, { next: 'choose another directory' });
}

export async function exportLedger(call: Call): Promise<void> {
  const dir = resolve(call.io.cwd, call.arg(0));
  await emptyDir(dir);
  const from = call.integer('from');
  let [count, whole] = [0, false];
  for await (const { path, base64, done, files } of connect(call).lines('/api/v1/ledger/export', {
    from,
    payloads: call.flag('payloads'),
  })) {
    if (done === true) {
      whole = files === count;
      continue;
    }
    if (typeof path !== 'string' || typeof base64 !== 'string' || !PATH.test(path))
      throw new CliError('failed', 'The server sent a file that has no place in an export');
    const target = join(dir, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, Buffer.from(base64, 'base64'), { flag: 'wx' });
    count++;
  }
  if (!whole)
    throw new CliError('failed', 'The export ended early', {
      why: `${count} files came, and no end`,
      next: `delete ${dir} and try again`,
    });
  call.write(dir);
  call.say(
    `${count} files. next: countersign ledger verify ${call.arg(0)} --key <verifier key>${from === undefined ? '' : ` --from ${from}`}`,
  );
}
