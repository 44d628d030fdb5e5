/** What clients ask and say of themselves: the hook door and the question that travels over MCP, put together. */
import { newId, systemClock } from '../adapters/system/clock.ts';
import { createHookDoor, createPreflight, type HookDoor, type HookDoorDeps } from '../gateway/command/hook/index.ts';
import type { Log } from '../ports/log.ts';
import type { Preflight } from '../ports/preflight.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { Road } from '../ports/road.ts';
import type { ToolCatalogue } from '../ports/tool.ts';
import type { Stores } from './stores.ts';

export interface HookTerms {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  /** Asked for late: the tool door is built with what comes from here. */
  readonly catalogue: () => Pick<ToolCatalogue, 'current'> | undefined;
  readonly log: Log;
  readonly bodyMs?: number;
}

export interface HookSide {
  readonly door: HookDoor;
  readonly preflight: Preflight;
}

export function openHooks({ road, snapshots, stores, catalogue, log, bodyMs }: HookTerms): HookSide {
  const deps: HookDoorDeps = {
    org: stores.org,
    road,
    snapshots,
    calls: stores.hookCalls,
    exposes: (tool) => catalogue()?.current().tools.has(tool) ?? false,
    clock: systemClock,
    newId,
    log,
    ...(bodyMs === undefined ? {} : { bodyMs }),
  };
  return { door: createHookDoor(deps), preflight: createPreflight(deps) };
}
