/** Which program makes containers here, and of what. */
import type { Strength } from '../../ports/sandbox.ts';

export interface ContainerSettings {
  /** `podman`, `docker`, or a path of one. */
  readonly program: string;
  /** With its digest, or the id of an image on this machine: a name alone may be another image tomorrow. */
  readonly image: string;
  /** OCI runtime, where it is not the program's own: `runc`, `runsc`, `kata`. */
  readonly runtime?: string;
  /** Given to the program before its subcommand, such as `--cgroup-manager cgroupfs`. */
  readonly options?: readonly string[];
  /** Name of what runs this, so that a later one finds what it left. */
  readonly node: string;
}

/** What stands between the run and the kernel of this machine. */
export function strengthOf({ runtime = '' }: ContainerSettings): Strength {
  const name = runtime.slice(runtime.lastIndexOf('/') + 1);
  if (name.startsWith('runsc')) return 'gvisor';
  return name.startsWith('kata') ? 'microvm' : 'container';
}

export const isPinned = (image: string): boolean =>
  /@sha256:[0-9a-f]{64}$/.test(image) || /^(?:sha256:)?[0-9a-f]{12,64}$/.test(image);
