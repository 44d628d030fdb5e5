/** Puts the files of clients where they are read, and takes them away. */
import { resolve } from 'node:path';
import { CLIENT_NAMES } from '../../ports/clients.ts';
import type { Call } from '../call.ts';
import { CliError } from '../exit.ts';
import { changesIn, put, takeAway } from './folder.ts';
import { clientFolder } from './place.ts';
import { clientNames, filesOf } from './source.ts';

export const rootOf = (call: Call): string => {
  const root = call.text('root');
  return root === undefined ? '/' : resolve(call.io.cwd, root);
};

export async function install(call: Call): Promise<void> {
  const root = rootOf(call);
  const wanted = await Promise.all(
    clientNames(call).map(async (name) => ({ folder: clientFolder(name, root), files: await filesOf(call, name) })),
  );
  const changes = wanted.flatMap(({ folder, files }) => changesIn(folder, files));
  if (call.json) call.print({ dryRun: call.dryRun, changes });
  if (changes.length === 0) return call.say('Everything is in place.');
  if (call.dryRun) {
    for (const change of changes) call.say(`would ${change}`);
    return;
  }
  try {
    for (const { folder, files } of wanted) put(folder, files);
  } catch (thrown) {
    throw asDenied(thrown, root);
  }
  for (const change of changes) call.say(`done: ${change}`);
  call.say('Clients that run already keep what they have until they are started anew.');
}

function asDenied(thrown: unknown, root: string): unknown {
  const { code } = thrown as { code?: string };
  if (code !== 'EACCES' && code !== 'EPERM') return thrown;
  return new CliError('failed', `Nothing may be written below ${root}`, {
    why: 'these files are the administrator’s',
    next: 'run it with sudo',
    cause: thrown,
  });
}

export async function uninstall(call: Call): Promise<void> {
  const root = rootOf(call);
  const names = call.args[0] === undefined ? CLIENT_NAMES : clientNames(call);
  const done = names.flatMap((name) => takeAway(clientFolder(name, root), call.flag('force')));
  if (call.json) call.print({ done });
  else if (done.length === 0) call.say('Nothing of ours is there.');
  for (const line of done) call.say(line);
}
