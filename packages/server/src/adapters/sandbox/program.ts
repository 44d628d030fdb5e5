/** Where a program is, as a sandbox sees it. */
import { accessSync, constants, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { SandboxSpec } from '../../ports/sandbox.ts';
import { isWithin } from '../../ports/sandbox-profile.ts';
import { INSIDE_PATH } from './arguments.ts';
import type { View } from './view.ts';

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64'] as const;

/** The path on the host of a path inside; undefined for what a sandbox has to itself. */
function hostPath(path: string, { workspace, mounts }: View): string | undefined {
  const mount = [...mounts, workspace].sort((a, b) => b.at.length - a.at.length).find(({ at }) => isWithin(path, at));
  if (mount !== undefined) return mount.from + path.slice(mount.at.length);
  return SYSTEM.some((folder) => isWithin(path, folder)) ? path : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** As a shell looks for it: a name along PATH, anything with a slash from the workspace on. */
export function findProgram(program: string, spec: SandboxSpec, view: View): string | undefined {
  const places = program.includes('/')
    ? [normalize(program.startsWith('/') ? program : join(view.workspace.at, program))]
    : (spec.environment['PATH'] ?? INSIDE_PATH)
        .split(':')
        .filter((folder) => folder.startsWith('/'))
        .map((folder) => join(folder, program));
  return places.find((place) => {
    const host = hostPath(place, view);
    return host !== undefined && isProgram(host);
  });
}

/** Along our own PATH: what the backend itself starts. */
export const onPath = (program: string): string | undefined =>
  (process.env['PATH'] ?? INSIDE_PATH)
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, program))
    .find(isProgram);
