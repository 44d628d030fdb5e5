/** A program with a sandbox at work, to be killed. */
import { backendOf, grant, runIn, specFor } from './stage.ts';

export async function main({ workspace, mark }: { workspace: string; mark: string }): Promise<void> {
  const base = specFor(workspace);
  const limits = process.getuid?.() === 0 ? base.limits : { ...base.limits, memoryBytes: 0, processes: 0 };
  const sandbox = await backendOf({ plain: 2, networked: 0 }).create(grant(), { ...base, limits });
  await runIn(sandbox, ['/bin/sh', '-c', `trap "" TERM HUP; setsid sleep ${mark} & sleep ${mark}`]);
}
