/** What clients ask and say of themselves: the hook door, the question that travels over MCP, and their telemetry, put together. */
import { newId, systemClock } from '../adapters/system/clock.ts';
import {
  createHookDoor,
  createPreflight,
  createReviewer,
  type HookDoor,
  type HookDoorDeps,
} from '../gateway/command/hook/index.ts';
import { createTelemetryDoor, type TelemetryDoor } from '../gateway/telemetry/index.ts';
import type { Log } from '../ports/log.ts';
import type { Preflight } from '../ports/preflight.ts';
import type { Reviewer } from '../ports/reviewer.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { Road } from '../ports/road.ts';
import type { Scanner } from '../ports/scanner.ts';
import type { ShellScript } from '../ports/shell-script.ts';
import type { ToolCatalogue } from '../ports/tool.ts';
import { createInspector } from './inspector.ts';
import type { Stores } from './stores.ts';

export interface HookTerms {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  /** Asked for late: the tool door is built with what comes from here. */
  readonly catalogue: () => Pick<ToolCatalogue, 'current'> | undefined;
  readonly scanner: Scanner;
  /** Looks into texts that could not be split, for what is forbidden wherever it stands. */
  readonly scripts: Pick<ShellScript, 'inspect'>;
  readonly log: Log;
  readonly bodyMs?: number;
}

export interface HookSide {
  readonly door: HookDoor;
  readonly telemetry: TelemetryDoor;
  readonly preflight: Preflight;
  readonly reviewer: Reviewer;
}

export function openHooks({ road, snapshots, stores, catalogue, scanner, scripts, log, bodyMs }: HookTerms): HookSide {
  const bodies = bodyMs === undefined ? {} : { bodyMs };
  const deps: HookDoorDeps = {
    org: stores.org,
    road,
    snapshots,
    inspector: createInspector({ scanner, snapshots, clock: systemClock }),
    scripts,
    calls: stores.hookCalls,
    exposes: (tool) => catalogue()?.current().tools.has(tool) ?? false,
    clock: systemClock,
    newId,
    log,
    ...bodies,
  };
  const { org, evidence } = stores;
  const telemetry = createTelemetryDoor({ org, road, snapshots, evidence, scanner, clock: systemClock, log, ...bodies });
  return { telemetry, door: createHookDoor(deps), preflight: createPreflight(deps), reviewer: createReviewer(deps) };
}
