/** Limits on memory, processes and processor time, as the kernel's control groups keep them. */

/** 0 sets no limit. */
export interface GroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  readonly cpuPercent: number;
}

export interface GroupUsage {
  readonly peakMemoryBytes?: number;
  readonly cpuMs?: number;
  /** Processes that the kernel ended because the group had no memory left. */
  readonly memoryKills: number;
}

/** Of one sandbox. */
export interface Group {
  /** Moves a process in; its children follow. @throws when the kernel refuses */
  attach(pid: number): void;
  pids(): number[];
  /** Everything in it ends at once. */
  kill(): void;
  usage(): GroupUsage;
  /** Waits until nothing is left in it. Resolves in any case: what stays is found at the next start. */
  remove(): Promise<void>;
}

export interface GroupDriver {
  readonly mode: 'v2' | 'v1' | 'none';
  /** Which limits hold. */
  readonly holds: { readonly memory: boolean; readonly processes: boolean; readonly cpu: boolean };
  /** What was found, for people. */
  readonly detail: string;
  /** @throws when a group cannot be made */
  create(name: string, limits: GroupLimits): Group;
  /** Ends and removes groups of processes of ours that are gone. `isGone` gets the name that `create` got. */
  sweep(isGone: (name: string) => boolean): Promise<void>;
}

/** Before each group's name, so that a sweep touches nothing else. */
export const PREFIX = 'countersign-';

const REMOVE_TRIES = 40;
const REMOVE_PAUSE_MS = 25;

/** Tries until every folder is gone: the kernel refuses while the last process is still ending. */
export async function removeAll(folders: readonly string[], remove: (folder: string) => boolean): Promise<void> {
  let left = folders;
  for (let tries = 0; tries < REMOVE_TRIES; tries += 1) {
    left = left.filter((folder) => !remove(folder));
    if (left.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, REMOVE_PAUSE_MS));
  }
}
