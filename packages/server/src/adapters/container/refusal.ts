/** What a profile asks for and a container cannot hold. */
import { Fault } from '@countersign/kernel/fault';
import type { SandboxSpec } from '../../ports/sandbox.ts';

/** @throws Fault sandbox.unenforceable with the first line of the profile that would not hold */
export function refuseUnenforceable(spec: SandboxSpec): void {
  for (const [asked, text] of linesOf(spec)) if (asked) throw new Fault('sandbox.unenforceable', text);
}

const linesOf = ({ limits, network, nested, workspace, mounts }: SandboxSpec): readonly (readonly [boolean, string])[] => [
  [
    network === 'door',
    'A container has no listeners of the network door inside, so `network: door` needs the bubblewrap backend. Use `network: none`.',
  ],
  [
    limits.workspaceBytes > 0 || limits.workspaceFiles > 0,
    'A container does not bound what is written into the workspace. Set no quota, or use the bubblewrap backend as root.',
  ],
  [nested, 'A container lets nobody make namespaces inside. Use the bubblewrap backend for clients with a sandbox of their own.'],
  [
    [workspace.path, ...mounts.flatMap(({ path, at }) => [path, at ?? path])].some((path) => /[,:"\n]/.test(path)),
    'A path with a comma, a colon, a quote or a line break in it cannot be given to the container program.',
  ],
];
