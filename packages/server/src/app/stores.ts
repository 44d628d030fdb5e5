/** Everything durable, put together on one database. */
import { join } from 'node:path';
import { newEntryId, newId, systemClock } from '../adapters/system/clock.ts';
import { domainOf } from '../gateway/egress/gate/index.ts';
import { mandateBytes } from '../govern/admit.ts';
import { type Integrator, startIntegrator } from '../jobs/integrator.ts';
import type { LedgerReader } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { MemoryStore } from '../ports/memory.ts';
import type { ToolNonces, ToolSessions, ToolTasks } from '../ports/tool-session.ts';
import { PostgresApprovals } from '../store/approval/index.ts';
import { egressChores, memoryChores, startChores, storeChores, toolChores } from '../store/chores/index.ts';
import { PostgresBundles } from '../store/bundle/index.ts';
import { openIdempotency, PostgresIdentity } from '../store/identity/index.ts';
import {
  admitLog,
  type ExportOptions,
  type ExportReport,
  type LedgerWriter,
  openIntegration,
  openLedger,
  openReader,
  publishedIn,
  writeExport,
} from '../store/ledger/index.ts';
import { PostgresFamiliarity } from '../store/egress/index.ts';
import { PostgresLive } from '../store/live/index.ts';
import { PostgresMandates } from '../store/mandate/index.ts';
import { PostgresMarks } from '../store/mark/index.ts';
import { openMemories } from '../store/memory/index.ts';
import { openOutbox, type Outbox } from '../store/outbox/index.ts';
import { openPayloads, type PayloadStore } from '../store/payload/index.ts';
import { PostgresReviews } from '../store/review/index.ts';
import { PostgresRoad, RoadKeeper } from '../store/road/index.ts';
import { openToolNonces, openToolSessions, openToolTasks, PostgresToolPins } from '../store/tool/index.ts';
import type { Keys } from './keys.ts';
import type { Storage } from './storage.ts';

export interface Stores {
  readonly org: string;
  readonly node: string;
  readonly ledger: LedgerWriter;
  readonly reader: LedgerReader;
  readonly payloads: PayloadStore;
  readonly road: PostgresRoad;
  readonly approvals: PostgresApprovals;
  readonly identity: PostgresIdentity;
  readonly mandates: PostgresMandates;
  readonly marks: PostgresMarks;
  readonly bundles: PostgresBundles;
  readonly live: PostgresLive;
  readonly idempotency: ReturnType<typeof openIdempotency>;
  readonly outbox: Outbox;
  readonly integrator: Integrator;
  readonly toolPins: PostgresToolPins;
  readonly toolSessions: ToolSessions;
  readonly toolTasks: ToolTasks;
  readonly toolNonces: ToolNonces;
  readonly memories: MemoryStore;
  readonly familiarity: PostgresFamiliarity;
  readonly reviews: PostgresReviews;
  export(dir: string, options: Omit<ExportOptions, 'org'>): Promise<ExportReport>;
  /** Stops what runs by itself; what is under way ends first. */
  close(): Promise<void>;
}

export interface StoreTerms {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly org: string;
  /** Where the newest checkpoints are kept outside the database. */
  readonly dir: string;
  readonly log: Log;
}

/** Payloads past their time are looked for this often. */
const RETENTION_MS = 60_000;

/** @throws Fault store.*, ledger.corrupt where the log is behind what was published */
export async function openStores({ storage, keys, org, dir, log }: StoreTerms): Promise<Stores> {
  const { store } = storage;
  const author = { clock: systemClock, newEntryId };
  const published = publishedIn(join(dir, 'checkpoints'));
  const admit = admitLog({ store, key: keys.log, published });
  const node = newId('nod');
  const ledger = openLedger({ store, ...author, node, admit });
  const parts = { store, ledger, author };
  const payloads = openPayloads({ store, ledger, wrapper: keys.master, ...author });
  const road = new PostgresRoad({ ...parts, payloads, org });
  const keeper = new RoadKeeper({ store, road, author, node, log });
  const verify: ConstructorParameters<typeof PostgresLive>[0]['verify'] = ({ mandate, signature, keyId }) =>
    keys.signer.verify(mandateBytes(mandate), signature, keyId);
  const live = new PostgresLive({ store, org, clock: systemClock, log, verify });
  await keeper.start();
  await live.start();
  const integrator = startIntegrator({ integration: openIntegration({ store, key: keys.log, published, admit }), log });
  const idempotency = openIdempotency(store);
  const outbox = openOutbox(store);
  const tool = { sessions: openToolSessions(store), tasks: openToolTasks(store), nonces: openToolNonces(store) };
  const memories = openMemories({ ...parts, payloads });
  const familiarity = new PostgresFamiliarity(parts, domainOf);
  const retention = { name: 'retention', everyMs: RETENTION_MS, run: () => payloads.sweep() };
  const chores = [
    ...storeChores(parts, outbox, idempotency),
    ...toolChores(tool),
    ...memoryChores(memories),
    ...egressChores(familiarity),
    retention,
  ];
  const stopChores = startChores(chores, log);
  return {
    org,
    node,
    ledger,
    reader: openReader(store, keys.log, org),
    payloads,
    road,
    approvals: new PostgresApprovals(parts),
    identity: new PostgresIdentity(parts),
    mandates: new PostgresMandates(parts),
    marks: new PostgresMarks(parts),
    bundles: new PostgresBundles(parts),
    live,
    idempotency,
    outbox,
    integrator,
    toolPins: new PostgresToolPins(parts),
    toolSessions: tool.sessions,
    toolTasks: tool.tasks,
    toolNonces: tool.nonces,
    memories,
    familiarity,
    reviews: new PostgresReviews(parts),
    export: (target, options) => writeExport(target, { store, key: keys.log }, { org, ...options }),
    close: async () => {
      live.stop();
      await stopChores();
      await keeper.stop();
      await integrator.stop();
    },
  };
}
