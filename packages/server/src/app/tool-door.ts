/** Tool servers, their catalogue and the tool door, put together. */
import { openMemoryServer } from '../adapters/memory/index.ts';
import { newId, systemClock } from '../adapters/system/clock.ts';
import { createToolUpstreams } from '../adapters/tool/index.ts';
import { createToolDoor, type ToolDoor } from '../gateway/tool/index.ts';
import { Catalogue } from '../jobs/tool-catalogue/catalogue.ts';
import type { Log } from '../ports/log.ts';
import type { Preflight } from '../ports/preflight.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { Road } from '../ports/road.ts';
import type { Scanner } from '../ports/scanner.ts';
import type { Signer } from '../ports/signer.ts';
import { derivedKey } from './derived-key.ts';
import { createDefinitionJudge, createInspector } from './inspector.ts';
import { memoryInspect } from './memory-inspect.ts';
import type { Stores } from './stores.ts';
import { VERSION } from './version.ts';

export interface ToolTerms {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  readonly signer: Signer;
  readonly scanner: Scanner;
  readonly log: Log;
  readonly publicUrl: () => string;
  readonly preflight: Preflight;
  readonly bodyMs?: number;
}

export interface ToolSide {
  readonly door: ToolDoor;
  readonly catalogue: Catalogue;
  close(): Promise<void>;
}

/** Servers are asked as soon as the pins are known; nobody waits for their answers. @throws Fault store.*, config.invalid with a scanner that sees nothing */
export async function openTools(terms: ToolTerms): Promise<ToolSide> {
  const { snapshots, stores, log } = terms;
  const { org } = stores;
  const reading = { scanner: terms.scanner, snapshots, clock: systemClock };
  const memory = await openMemoryServer({
    org,
    store: stores.memories,
    snapshots,
    inspect: memoryInspect(terms.scanner),
    clock: systemClock,
    newId,
    log,
  });
  const upstreams = createToolUpstreams({
    clock: systemClock,
    environment: process.env,
    log,
    version: VERSION,
    random: Math.random,
    inProcess: memory,
  });
  const catalogue = new Catalogue({
    org,
    snapshots,
    upstreams,
    pins: stores.toolPins,
    clock: systemClock,
    log,
    random: Math.random,
    judge: createDefinitionJudge(reading),
  });
  await catalogue.start();
  const door = createToolDoor({
    org,
    road: terms.road,
    snapshots,
    catalogue,
    upstreams,
    sessions: stores.toolSessions,
    tasks: stores.toolTasks,
    nonces: stores.toolNonces,
    approvals: stores.approvals,
    clock: systemClock,
    newId,
    log,
    stateKey: derivedKey(terms.signer, 'countersign tool state v1'),
    publicUrl: terms.publicUrl,
    version: VERSION,
    inspector: createInspector(reading),
    preflight: terms.preflight,
    ...(terms.bodyMs === undefined ? {} : { bodyMs: terms.bodyMs }),
  });
  return {
    door,
    catalogue,
    close: async () => {
      await door.close();
      catalogue.stop();
      await upstreams.close();
    },
  };
}
