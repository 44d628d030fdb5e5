/** Which places a caller has. Task and repository are those of its mandate: what is not admitted has no memory of either. */
import type { MemoryPlace } from '../../ports/memory.ts';
import { MEMORY_SCOPES, type MemoryScope } from '../../ports/registry.ts';
import type { ToolCaller } from '../../ports/tool.ts';
import { Refused } from './reply.ts';

export type Owners = Readonly<Record<MemoryScope, string | null>>;

export const ownersOf = (org: string, { task, agent, team, repository }: ToolCaller): Owners => ({
  task,
  agent,
  team: team === '' ? null : team,
  repository,
  organisation: org,
});

/** @throws Refused where the caller has no such place */
export function placeOf(owners: Owners, scope: MemoryScope): MemoryPlace {
  const owner = owners[scope];
  if (owner === null) throw new Refused(`There is no ${scope} here: that scope needs a mandate that names one.`);
  return { scope, owner };
}

export const placesOf = (owners: Owners): readonly MemoryPlace[] =>
  MEMORY_SCOPES.flatMap((scope) => {
    const owner = owners[scope];
    return owner === null ? [] : [{ scope, owner }];
  });
