/** One process of Countersign: store, road, doors, API and jobs, put together and listening. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { cedarText } from '../adapters/cedar/index.ts';
import { createTokenVerifier } from '../adapters/oidc/index.ts';
import { openSpool } from '../adapters/spool/file-spool.ts';
import { newEntryId, newId, systemClock } from '../adapters/system/clock.ts';
import { Providers } from '../adapters/upstream/index.ts';
import { createWebhookSender, secretReader } from '../adapters/webhook/index.ts';
import { apiListener, createApi } from '../api/app.ts';
import type { ApiDeps } from '../api/deps.ts';
import { loadStored } from '../config/build/load.ts';
import { createModelDoor } from '../gateway/model/index.ts';
import { createTasks } from '../govern/admit.ts';
import type { RoadDeps } from '../govern/deps.ts';
import { CountersignRoad } from '../govern/road.ts';
import { createWebhookJob } from '../jobs/webhooks/sender-job.ts';
import type { Log } from '../ports/log.ts';
import { openManagedClients } from './clients.ts';
import type { ToolCatalogue } from '../ports/tool.ts';
import { openHooks } from './hook-door.ts';
import { openCommands, type SandboxOptions } from './command-door.ts';
import { derivedKey } from './derived-key.ts';
import { openBudgets } from './desks/budgets.ts';
import { openBundleDesk } from './desks/bundles.ts';
import { openExportDesk, openMarkDesk, openMemoryDesk, openPayloadDesk } from './desks/people.ts';
import { openEgressDesk } from './desks/egress.ts';
import { openToolDesk } from './desks/tools.ts';
import { openWork } from './desks/work.ts';
import { readDocument } from './documents.ts';
import { ensureAdminKey, ensureBundle } from './first-start.ts';
import { BundleFollower } from './follower.ts';
import { governanceFiles, organisationOf } from './governance.ts';
import { createInspector } from './inspector.ts';
import { listenForSandboxesToo, type TlsFiles } from './http.ts';
import { openKeys } from './keys.ts';
import { jsonLog } from './log.ts';
import { Meter } from './metrics.ts';
import { openReview } from './review.ts';
import { openCountedScanner } from './scanner.ts';
import { SamplingOracle } from './sampling.ts';
import { openStorage, type Storage } from './storage.ts';
import { openStores, type Stores } from './stores.ts';
import { openTools } from './tool-door.ts';
import { VERSION } from './version.ts';

export interface ServerOptions {
  /** Data directory: embedded database, keys, spool, published checkpoints. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly databaseUrl?: string;
  /** Governance directory for the first revision; absent: the starter that ships. */
  readonly governance?: string;
  /** Folder of the three keys; absent: `keys` below the data directory. Nodes of one installation need the same. */
  readonly keys?: string;
  /** Served instead of plain HTTP. */
  readonly tls?: TlsFiles;
  /** How others reach this installation, for links; absent: the address it listens on. */
  readonly publicUrl?: string;
  /** Time for a whole request body, at every door; absent: 30 s. */
  readonly bodyMs?: number;
  /** What commands run with on this machine. */
  readonly sandbox?: SandboxOptions;
  /** Script of the scanning workers; absent: the one that was built beside this code. */
  readonly scanWorker?: URL;
  /** The same for the thread that looks into shell text. */
  readonly scriptWorker?: URL;
  /** Absent: JSON lines on standard error. */
  readonly log?: Log;
}

export interface RunningServer {
  readonly url: string;
  readonly org: string;
  /** Key of the local administrator, where this data directory has one. */
  readonly adminKey?: string;
  readonly storage: string;
  /** `origin+hash+key` of the ledger, for verifiers. */
  readonly verifierKey: string;
  /** Resolves when everything that was under way is recorded and nothing runs any more. */
  close(): Promise<void>;
}

/** Answers that are being streamed may take this long to end when the process is told to stop. */
const GRACE_MS = 10_000;

/** @throws Fault store.*, bundle.invalid, config.invalid, request.conflict */
export async function startServer(given: ServerOptions): Promise<RunningServer> {
  const options = { ...given, log: given.log ?? jsonLog() };
  const dir = resolve(options.dir);
  // Others may pass through: the embedded server runs as another user. What is secret lies in folders and files of mode 0700 and 0600.
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const keys = openKeys(options.keys ?? join(dir, 'keys'));
  const storage = await openStorage({
    dir,
    log: options.log,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  });
  const undo: (() => Promise<void>)[] = [() => storage.close()];
  try {
    const org = await organisationOf(storage.store, options.governance);
    const stores = await openStores({ storage, keys, org, dir, log: options.log });
    undo.push(() => stores.close());
    return await serve({ ...options, dir }, { storage, stores, keys, undo });
  } catch (thrown) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw thrown;
  }
}

interface Ground {
  readonly storage: Storage;
  readonly stores: Stores;
  readonly keys: ReturnType<typeof openKeys>;
  readonly undo: (() => Promise<void>)[];
}

async function serve(
  options: ServerOptions & { readonly log: Log },
  { storage, stores, keys, undo }: Ground,
): Promise<RunningServer> {
  const { log, dir } = options;
  const { org } = stores;
  const follower = new BundleFollower({ org, bundles: stores.bundles, load: (stored) => loadStored(stored, keys.signer), log });
  stores.live.onRevision((revision) => void follower.follow(revision));
  await follower.follow(stores.live.revision);
  const desk = openBundleDesk({
    org,
    bundles: stores.bundles,
    follower,
    signer: keys.signer,
    clock: systemClock,
    cedar: cedarText,
  });
  const first = { org, dir, desk, snapshots: follower, identity: stores.identity, clock: systemClock, newId };
  await ensureBundle(first, () => governanceFiles(options.governance));
  const adminKey = await ensureAdminKey(first);

  // Links need the port, which is known only once we listen; nothing asks for one before.
  let publicUrl = options.publicUrl ?? '';
  const meter = new Meter();
  const road = openRoad({ log, dir, stores, follower, meter, approvalUrl: (id) => `${publicUrl}/approve/${id}` });
  undo.push(() => road.close());
  const providers = new Providers({ clock: systemClock, environment: process.env, random: Math.random });
  undo.push(() => providers.close());
  const counted = openCountedScanner({
    signer: keys.signer,
    log,
    ...(options.scanWorker === undefined ? {} : { worker: options.scanWorker }),
  });
  undo.push(() => counted.scanner.close());
  const clients = openManagedClients({ snapshots: follower, stores, log, publicUrl: () => publicUrl });
  undo.push(() => clients.watch.settled());
  const bodies = options.bodyMs === undefined ? {} : { bodyMs: options.bodyMs };
  let catalogue: ToolCatalogue | undefined;
  let ownPort: number | undefined;
  const commands = openCommands({
    road: road.road,
    snapshots: follower,
    stores,
    signer: keys.signer,
    inspector: createInspector({ scanner: counted.scanner, snapshots: follower, clock: systemClock }),
    log,
    folders: [dir, options.keys ?? join(dir, 'keys'), ...storage.folders],
    sandbox: options.sandbox ?? {},
    ownDoors: () => ownPort,
    clientFiles: clients.files,
    clientsFolder: join(dir, 'clients'),
    ...(options.scriptWorker === undefined ? {} : { scriptWorker: options.scriptWorker }),
  });
  undo.push(() => commands.close());
  const hooks = openHooks({
    road: road.road,
    scripts: commands.scripts,
    snapshots: follower,
    stores,
    catalogue: () => catalogue,
    scanner: counted.scanner,
    log,
    ...bodies,
  });
  const door = createModelDoor({
    clients: clients.watch,
    reviewer: hooks.reviewer,
    scanner: counted.scanner,
    road: road.road,
    snapshots: follower,
    upstream: providers,
    clock: systemClock,
    newId,
    log,
    ...bodies,
  });

  const tools = await openTools({
    road: road.road,
    snapshots: follower,
    preflight: hooks.preflight,
    stores,
    signer: keys.signer,
    scanner: counted.scanner,
    log,
    publicUrl: () => publicUrl,
    ...bodies,
  });
  undo.push(() => tools.close());
  catalogue = tools.catalogue;

  const people = { org, road: road.road, snapshots: follower, payloads: stores.payloads, stores, newTrace };
  const tasks = createTasks({ deps: road.deps, road: road.road, mandates: stores.mandates, signer: keys.signer });
  const apiDeps = (): ApiDeps => ({
    org,
    publicUrl,
    road: road.road,
    tasks,
    snapshots: follower,
    live: stores.live,
    approvals: stores.approvals,
    identity: stores.identity,
    mandates: stores.mandates,
    devices: stores.devices,
    clientFiles: clients.files,
    deviceSecret: derivedKey(keys.signer, 'countersign devices v1'),
    ledger: stores.reader,
    payloads: openPayloadDesk(people),
    marks: openMarkDesk({ ...people, marks: stores.marks }),
    exports: openExportDesk(people),
    tools: openToolDesk({
      org,
      road: road.road,
      snapshots: follower,
      newTrace,
      catalogue: tools.catalogue,
      pins: stores.toolPins,
    }),
    memories: openMemoryDesk(people),
    reviews: stores.reviews,
    egress: openEgressDesk({ ...people, familiarity: stores.familiarity, clock: systemClock, newId }),
    evidence: stores.evidence,
    coverage: stores.coverage,
    budgets: openBudgets(storage.store, follower),
    scripts: commands.scripts,
    bundles: desk,
    work: openWork({ org, ledger: stores.reader, payloads: stores.payloads, follower, cedar: cedarText }),
    idempotency: stores.idempotency,
    clock: systemClock,
    newId,
    log,
    pageSecret: derivedKey(keys.signer, 'countersign approval page v1'),
    ...bodies,
    version: VERSION,
    document: readDocument,
    readiness: async () => readiness(storage, stores, follower),
    counters: () => [...meter.counters(), ...counted.counters()],
  });
  let answer: ReturnType<typeof apiListener> | undefined;
  const handlers = {
    model: door,
    tool: tools.door,
    hooks: hooks.door,
    telemetry: hooks.telemetry,
    command: commands.door,
    api: (req: IncomingMessage, res: ServerResponse) => void answer?.(req, res),
  };
  const listener = await listenForSandboxesToo(handlers, options);
  undo.push(() => listener.close(GRACE_MS));
  publicUrl = options.publicUrl ?? listener.url;
  ownPort = listener.ownPort;
  const api = createApi(apiDeps());
  answer = apiListener(api);
  // Before: streams that would never end by themselves would keep their connections.
  undo.push(async () => api.close());
  // First of all: a run that is under way would keep its connection, and the listener waits for connections.
  undo.push(() => commands.door.close());

  const sender = createWebhookSender({ clock: systemClock, secret: secretReader(process.env), version: VERSION });
  const webhooks = createWebhookJob({
    outbox: stores.outbox,
    sender,
    snapshots: follower,
    clock: systemClock,
    log,
    random: Math.random,
  });
  webhooks.start();
  const review = openReview({ org, stores, snapshots: follower, tasks, url: () => listener.url, newTrace, log });
  review.start();
  undo.push(() => review.stop());
  undo.push(() => sender.close());
  undo.push(() => webhooks.stop());
  log.info('server.started', {
    url: listener.url,
    org,
    storage: storage.description,
    revision: follower.current()?.revision ?? null,
  });
  return {
    url: listener.url,
    org,
    ...(adminKey === undefined ? {} : { adminKey }),
    storage: storage.description,
    verifierKey: stores.reader.verifierKey(),
    close: () => closeAll(undo, log),
  };
}

async function closeAll(undo: (() => Promise<void>)[], log: Log): Promise<void> {
  for (const step of undo.splice(0).reverse())
    await step().catch((error: unknown) => log.error('close.failed', { error: String(error) }));
}

interface RoadTerms {
  readonly log: Log;
  readonly dir: string;
  readonly stores: Stores;
  readonly follower: BundleFollower;
  readonly meter: Meter;
  readonly approvalUrl: (id: string) => string;
}

/** While the store is away nobody may ask anything; what was denied meanwhile is written as soon as it is back. */
const SPOOL_MS = 1_000;

function openRoad({ log, dir, stores, follower, meter, approvalUrl }: RoadTerms) {
  const oracle = new SamplingOracle({ org: stores.org, ledger: stores.ledger, log });
  const logins = () => [...(follower.current()?.agents.values() ?? [])].flatMap((agent) => agent.logins);
  const deps: RoadDeps = {
    org: stores.org,
    snapshots: follower,
    live: stores.live,
    store: stores.road,
    approvals: stores.approvals,
    tokens: createTokenVerifier({ logins, clock: systemClock }),
    clock: systemClock,
    newId,
    newEntryId,
    log,
    spool: openSpool(join(dir, 'denials.ndjson'), log),
    approvalUrl,
    oracle,
  };
  const road = new CountersignRoad(deps);
  const metered = meter.over(road);
  const timer = setInterval(() => void road.drain(), SPOOL_MS).unref();
  return {
    deps,
    road: metered,
    close: async () => {
      clearInterval(timer);
      await road.close();
      await oracle.close();
    },
  };
}

async function readiness(storage: Storage, stores: Stores, follower: BundleFollower): ReturnType<ApiDeps['readiness']> {
  const ledger = await stores.reader.size(stores.org).then(
    () => true,
    () => false,
  );
  const checks = {
    store: stores.live.fresh() && storage.trouble() === undefined ? ('ok' as const) : ('failing' as const),
    bundle: follower.current() === undefined ? ('failing' as const) : ('ok' as const),
    ledger: ledger ? ('ok' as const) : ('failing' as const),
  };
  return { ready: Object.values(checks).every((check) => check === 'ok'), checks };
}

/** W3C trace id for what does not come with one. */
const newTrace = (): string => randomBytes(16).toString('hex');
