/**
 * What is mounted in the namespace of this process. A shell that waits has the mounts of the moment in which it was started: what was mounted since is
 * missing there, and what was taken away is still seen.
 */
import { readFileSync } from 'node:fs';
import { isWithin } from '../../ports/sandbox-profile.ts';

/** By id, which the kernel does not use twice at a time: where it is, and how it is mounted. */
export type MountTable = ReadonlyMap<string, { readonly at: string; readonly line: string }>;

/** Fields of a line of mountinfo: id, parent, device, root, mount point, options. */
const FIELDS = 6;
const unescaped = (text: string): string =>
  text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function mountTable(): MountTable {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  return new Map(
    lines.filter(Boolean).map((text) => {
      const fields = text.split(' ').slice(0, FIELDS);
      // Bytes of a name, escaped where a line could not hold them.
      const at = Buffer.from(unescaped(fields[4] ?? ''), 'latin1').toString('utf8');
      return [fields[0] ?? '', { at, line: fields.join(' ') }];
    }),
  );
}

/** True when on the way to `paths`, and below them, everything is mounted now as it was then. */
export function isMountedAlike(then: MountTable, now: MountTable, paths: readonly string[]): boolean {
  const matters = (at: string): boolean => paths.some((path) => isWithin(path, at) || isWithin(at, path));
  const differs = (one: MountTable, other: MountTable): boolean =>
    [...one].some(([id, { at, line }]) => other.get(id)?.line !== line && matters(at));
  return !differs(then, now) && !differs(now, then);
}
