/** `cd` without a shell: the folder of the commands that follow. */
import { resolve } from 'node:path/posix';
import type { Sandbox } from '../../../ports/sandbox.ts';

export type Changed = { readonly ok: true; readonly cwd: string } | { readonly ok: false; readonly why: string };

const HOME = '/home/agent';

/** Looks from inside: what a link leads to is only known in the sandbox's own view. */
export async function changeFolder(sandbox: Sandbox, cwd: string, to: string | undefined): Promise<Changed> {
  if (to === '-') return { ok: false, why: 'cd: `-` needs a shell' };
  if (to?.startsWith('-') === true) return { ok: false, why: `cd: ${to}: options need a shell` };
  const target = resolve(cwd, to ?? HOME);
  const test = await sandbox.resolve('test');
  if (test === undefined) return { ok: false, why: 'cd: there is no `test` in the sandbox to look with' };
  const none = (): void => undefined;
  const looked = await sandbox.exec({ argv: [test, '-d', target] }, { stdin: 'none', stdout: none, stderr: none });
  return looked.code === 0 ? { ok: true, cwd: target } : { ok: false, why: `cd: ${target}: no such folder` };
}
