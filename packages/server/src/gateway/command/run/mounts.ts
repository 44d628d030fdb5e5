/** Mounts of a profile: they are the word of whoever wrote it, the bundle's authors or an administrator, but for what is nobody's to mount. */
import { realpath } from 'node:fs/promises';
import { Fault } from '@countersign/kernel/fault';
import type { SandboxMount } from '../../../ports/sandbox-spec.ts';
import { isWithin } from '../../../ports/sandbox-profile.ts';

/** Through the folders of processes, all of the machine can be reached. */
const KERNEL = ['/proc', '/sys', '/dev'];

/**
 * Looks at what the links of a path lead to, not at its name.
 * @param ownFolders absolute and resolved
 * @throws Fault identity.forbidden for Countersign's own folders, sandbox.unenforceable for the kernel's file systems
 */
export async function checkMounts(mounts: readonly SandboxMount[], ownFolders: readonly string[]): Promise<void> {
  for (const [index, { path }] of mounts.entries()) {
    const real = await realpath(path).catch(() => path);
    if (ownFolders.some((folder) => isWithin(folder, real) || isWithin(real, folder)))
      throw new Fault('identity.forbidden', `The profile mounts ${path}, and Countersign's own folder is in there.`);
    const line = `mounts[${index}]`;
    if (KERNEL.some((folder) => isWithin(real, folder)))
      throw new Fault(
        'sandbox.unenforceable',
        `\`${line}\` cannot be enforced: \`${path}\` lies in a file system of the kernel, which leads to all of this machine. A sandbox has one of its own.`,
        { details: { line } },
      );
  }
}
