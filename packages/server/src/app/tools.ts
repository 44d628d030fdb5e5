/** The tool side of a process: upstreams, and the catalogue that compares what they offer with what was approved. */
import { Fault } from '@countersign/kernel/fault';
import { systemClock } from '../adapters/system/clock.ts';
import { Catalogue } from '../jobs/tool-catalogue/catalogue.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { ToolUpstreams } from '../ports/tool.ts';
import type { Stores } from './stores.ts';

export interface ToolSideTerms {
  readonly org: string;
  readonly stores: Pick<Stores, 'toolPins'>;
  readonly snapshots: SnapshotSource;
  readonly upstreams: ToolUpstreams;
  readonly log: Log;
}

export interface ToolSide {
  readonly catalogue: Catalogue;
  close(): Promise<void>;
}

/** Servers are asked as soon as the pins are known; nobody waits for their answers. @throws Fault store.* */
export async function openToolSide({ org, stores, snapshots, upstreams, log }: ToolSideTerms): Promise<ToolSide> {
  const catalogue = new Catalogue({
    org,
    snapshots,
    upstreams,
    pins: stores.toolPins,
    clock: systemClock,
    log,
    random: Math.random,
  });
  await catalogue.start();
  return {
    catalogue,
    close: async () => {
      catalogue.stop();
      await upstreams.close();
    },
  };
}

/** Where a process has no adapters for tool servers: each of them is down, and says so. */
export const noUpstreams: ToolUpstreams = {
  call: async () => ({
    kind: 'failed',
    failure: { kind: 'unresolved', sent: false, internal: 'this process was put together without adapters for tool servers' },
  }),
  offer: () => Promise.reject(new Fault('tool.unavailable', 'This process was put together without adapters for tool servers.')),
  onChange: () => undefined,
  state: () => 'down',
  close: async () => undefined,
};
