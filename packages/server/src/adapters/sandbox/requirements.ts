/** Lines of a spec that this machine may not be able to enforce. Each is named, with what would help. */
import { Fault } from '@countersign/kernel/fault';
import { type SandboxSpec, STRENGTHS } from '../../ports/sandbox.ts';
import type { GroupDriver } from './cgroup/index.ts';

/** Most mounts of one sandbox: each has a mount point that was made ahead. */
export const MOUNTS_MAX = 32;

const DELEGATE =
  'run Countersign as root, or hand it a control group (systemd: `Delegate=yes`), or write `none` in this line if nothing else has to hold it';

export function refuseLine(line: string, why: string): never {
  throw new Fault('sandbox.unenforceable', `\`${line}\` cannot be enforced here: ${why}.`, { details: { line } });
}

/** @throws Fault sandbox.unenforceable */
export function checkRequirements({ least, limits, mounts }: SandboxSpec, groups: GroupDriver): void {
  if (STRENGTHS.indexOf(least) > STRENGTHS.indexOf('bwrap'))
    refuseLine(
      'least',
      `this backend is as strong as \`bwrap\`, and \`${least}\` is asked for; configure a backend of that strength`,
    );
  if (limits.memoryBytes > 0 && !groups.holds.memory) refuseLine('limits.memory', `${groups.detail}; ${DELEGATE}`);
  if (limits.processes > 0 && !groups.holds.processes) refuseLine('limits.processes', `${groups.detail}; ${DELEGATE}`);
  if (limits.cpuPercent > 0 && !groups.holds.cpu) refuseLine('limits.cpu', `${groups.detail}; ${DELEGATE}`);
  if (mounts.length > MOUNTS_MAX) refuseLine('mounts', `there are more than ${MOUNTS_MAX}`);
}
