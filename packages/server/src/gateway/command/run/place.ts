/** Where a run works. The caller says it, and what it says counts only within what the mandate, or the administrator of this machine, allows. */
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { relative } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { isWithin } from '../../../ports/sandbox-profile.ts';
import type { CommandDoorDeps, Place } from './deps.ts';
import type { Who } from './who.ts';

/** Not workspaces, and nothing below them is one. */
const SYSTEM = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/proc', '/sys', '/dev', '/boot', '/run'],
  ...['/var/lib', '/var/run', '/var/log', '/var/spool', '/var/cache'],
];
/** What lies below them may be a workspace; they themselves hold what belongs to others. */
const SHARED = ['/', '/home', '/root', '/tmp', '/var', '/var/tmp', '/opt', '/srv', '/mnt', '/media'];

/** @throws Fault request.invalid, request.not-found, identity.forbidden */
export async function placeOf(deps: CommandDoorDeps, { caller, admin }: Who, cwd: string): Promise<Place> {
  const resolved = await folderAt(cwd);
  const workspace = admin ? resolved : workspaceOf(deps, caller.mandate?.repository, resolved);
  const shared = [...SHARED, homedir()];
  if (shared.includes(workspace) || SYSTEM.some((folder) => isWithin(workspace, folder)))
    throw new Fault(
      'identity.forbidden',
      `${workspace} is no workspace: it holds what belongs to others. Choose the folder of one project.`,
    );
  const inside = deps.ownFolders.find((folder) => isWithin(workspace, folder));
  if (inside !== undefined)
    throw new Fault('identity.forbidden', `${workspace} belongs to Countersign itself, and no command runs there.`);
  const hidden = deps.ownFolders.filter((folder) => isWithin(folder, workspace)).map((folder) => relative(workspace, folder));
  return { workspace, cwd: resolved, hidden };
}

async function folderAt(cwd: string): Promise<string> {
  try {
    const resolved = await realpath(cwd);
    if ((await stat(resolved)).isDirectory()) return resolved;
  } catch (cause) {
    throw new Fault('request.not-found', `There is no folder ${cwd} on the machine of this node.`, { cause });
  }
  throw new Fault('request.invalid', `${cwd} is no folder.`);
}

/** The checkout of the mandate's repository that holds the folder. */
function workspaceOf(deps: CommandDoorDeps, repository: string | undefined, folder: string): string {
  if (repository === undefined)
    throw new Fault('identity.forbidden', 'Commands run within a task: name its mandate. An administrator may run one without.');
  const roots = deps.workspaces(repository);
  const root = roots.find((one) => isWithin(folder, one));
  if (root !== undefined) return root;
  const known = roots.length === 0 ? 'none is registered here' : `it may work in ${roots.join(', ')}`;
  throw new Fault(
    'identity.forbidden',
    `${folder} is no checkout of \`${repository}\`, for which the mandate is: ${known}. Whoever runs this node registers one with \`up --workspace ${repository}=FOLDER\`.`,
  );
}
