/** Lines of a spec that this machine may not be able to enforce. Each is named, with what would help. */
import { readFileSync } from 'node:fs';
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

/** What this process may not go beyond, what it starts cannot either. @param limits /proc/self/limits @returns undefined: no limit */
function hardLimit(limits: string, name: 'Max open files' | 'Max file size'): number | undefined {
  const line = limits.split('\n').find((text) => text.startsWith(name));
  const hard = line?.slice(name.length).trim().split(/\s+/)[1];
  return hard === undefined || hard === 'unlimited' ? undefined : Number(hard);
}

function checkOwnLimits({ openFiles, fileBytes }: SandboxSpec['limits']): void {
  const own = readFileSync('/proc/self/limits', 'latin1');
  const [files, bytes] = [hardLimit(own, 'Max open files'), hardLimit(own, 'Max file size')];
  if (files !== undefined && openFiles > files)
    refuseLine('limits.openFiles', `the server itself may have ${files} (\`ulimit -Hn\`, systemd: \`LimitNOFILE=\`)`);
  if (bytes !== undefined && fileBytes > bytes)
    refuseLine(
      'limits.fileSize',
      `the server itself may write files of ${bytes} bytes (\`ulimit -Hf\`, systemd: \`LimitFSIZE=\`)`,
    );
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
  checkOwnLimits(limits);
  if (mounts.length > MOUNTS_MAX) refuseLine('mounts', `there are more than ${MOUNTS_MAX}`);
}
