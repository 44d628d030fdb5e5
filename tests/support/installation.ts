/** A whole installation for a test: the real server on a database of its own, with a scripted model provider on the far side. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { isMap, isPair, parseDocument, type YAMLMap } from 'yaml';
import { startServer, type RunningServer, type ServerOptions } from '../../packages/server/src/app.ts';
import { Client, pathOf } from '../../packages/server/src/client/index.ts';
import { ScriptedUpstream, type Script } from '../../packages/server/src/gateway/model/testing/scripted-upstream.ts';
import type { Connection } from '../../packages/server/src/store/postgres/index.ts';
import { freshDatabase, type FreshDatabase } from './database.ts';
import { type NodeProcess, startNodeProcess } from './node-process.ts';
import { verifyExport, type VerifyReport } from '../../packages/server/src/verify/index.ts';

export const AGENT = 'payments-test-repair-editor-dev';
export const STARTER = new URL('../../governance', import.meta.url).pathname;

/** Nodes in this process run from source; their workers do from what was made of it for this run. */
export const scanWorker = (): URL => new URL(inject('workers').scan);

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Installation {
  readonly dir: string;
  readonly governance: string;
  readonly upstream: ScriptedUpstream;
  readonly database: FreshDatabase;
  /** The first node. */
  readonly server: RunningServer;
  readonly admin: Client;
  /** Another node of the same installation, on the same database and keys. */
  node(): Promise<RunningServer>;
  /** The same in a process of its own, for tests that kill it. `name` is its data directory: the same name is the same node again. */
  nodeProcess(name: string, env?: Readonly<Record<string, string>>): Promise<NodeProcess>;
  personClient(id: string, url?: string): Promise<Client>;
  /** The body that `task` sends. */
  readonly taskAsk: Readonly<Record<string, unknown>>;
  /** A task with a mandate, and a key of the agent that carries it. */
  task(changes?: Readonly<Record<string, unknown>>): Promise<TestTask>;
  close(): Promise<void>;
}

export interface TestTask {
  readonly id: string;
  readonly mandate: string;
  readonly key: string;
  readonly credential: string;
}

export interface InstallationOptions {
  readonly script?: Script;
  /** Edits the governance directory before the first start. */
  readonly governance?: (directory: string) => void;
  /** Of every node. */
  readonly server?: Partial<ServerOptions>;
}

/** A connection of the test database as a URL, sockets included. */
export function urlOf(connection: Connection): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { host = 'localhost', port = 5432, user = '', password = '', database = '' } = connection;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(typeof password === 'string' ? password : '')}`;
  return `postgres://${login}@/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}&port=${port}`;
}

export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  chmodSync(dir, 0o755);
  const upstream = await ScriptedUpstream.start(options.script);
  const governance = join(dir, 'governance');
  cpSync(STARTER, governance, { recursive: true });
  pointProviders(governance, upstream, dir);
  options.governance?.(governance);
  const database = await freshDatabase({ empty: true });
  const servers: RunningServer[] = [];
  const processes: NodeProcess[] = [];
  const optionsOf = (name: string): ServerOptions => ({
    dir: join(dir, name),
    keys: join(dir, 'keys'),
    host: '127.0.0.1',
    port: 0,
    databaseUrl: urlOf(database.connection),
    governance,
    ...options.server,
  });
  const start = async (): Promise<RunningServer> => {
    const server = await startServer({
      log: silent,
      scanWorker: scanWorker(),
      scriptWorker: new URL(inject('workers').script),
      ...optionsOf(`node-${servers.length}`),
    });
    servers.push(server);
    return server;
  };
  const server = await start();
  const admin = new Client({ url: server.url, key: server.adminKey });
  const keyFor = async (kind: 'agents' | 'people', id: string, terms: Readonly<Record<string, string>>) => {
    const path = kind === 'agents' ? pathOf`/api/v1/agents/${id}/credentials` : pathOf`/api/v1/people/${id}/credentials`;
    return (await admin.post(path, terms)).json;
  };
  return {
    dir,
    governance,
    upstream,
    database,
    server,
    admin,
    node: start,
    async nodeProcess(name, env) {
      const node = await startNodeProcess(optionsOf(name), env);
      processes.push(node);
      return node;
    },
    personClient: async (id, url = server.url) => new Client({ url, key: String((await keyFor('people', id, {}))['key']) }),
    taskAsk: TASK,
    async task(changes = {}) {
      const { json } = await admin.post('/api/v1/tasks', { ...TASK, ...changes } as never);
      const mandate = String((json['mandate'] as { id?: unknown }).id);
      const issued = await keyFor('agents', AGENT, { mandate });
      return {
        id: String(json['task']),
        mandate,
        key: String(issued['key']),
        credential: String((issued['credential'] as { id?: unknown } | undefined)?.id ?? issued['id']),
      };
    },
    async close() {
      for (const each of processes) await each.kill();
      for (const each of servers.reverse()) await each.close();
      await upstream.stop();
      await database.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const TASK = {
  agent: AGENT,
  ticket: 'PAY-1',
  repository: 'payments',
  modules: ['payments-slug'],
  capabilities: ['file.edit'],
  actions: ['model.call', 'model.count'],
  useCase: 'code-maintenance',
  changeClass: 'code',
  dataClass: 'internal',
  estimateMicroUsd: 1_000_000,
  budgetMicroUsd: 8_000_000,
};

function pointProviders(governance: string, upstream: ScriptedUpstream, dir: string): void {
  const key = join(dir, 'provider.key');
  writeFileSync(key, 'provider-secret-never-seen-by-agents\n', { mode: 0o600 });
  editYaml(join(governance, 'countersign.yaml'), (root) => {
    const providers = root.get('providers');
    if (!isMap(providers)) throw new Error('no providers');
    for (const pair of providers.items) {
      if (!isPair(pair) || !isMap(pair.value)) continue;
      pair.value.set('baseUrl', String(pair.key) === 'openai' ? upstream.url : upstream.url.replace(/\/v1$/, ''));
      pair.value.set('credential', `file:${key}`);
    }
  });
}

export function editYaml(path: string, edit: (root: YAMLMap) => void): void {
  const document = parseDocument(readFileSync(path, 'utf8'));
  if (!isMap(document.contents)) throw new Error(`${path} is not a map`);
  edit(document.contents);
  writeFileSync(path, document.toString({ lineWidth: 0 }));
}

/** Everything on the ledger, parsed, in order. */
export async function ledgerOf(installation: Installation): Promise<Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = [];
  let cursor: string | undefined;
  do {
    const { json } = await installation.admin.get('/api/v1/ledger/entries', {
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    entries.push(...(json['data'] as { entry: Record<string, unknown> }[]).map(({ entry }) => entry));
    cursor = json['nextCursor'] as string | undefined;
    // The cursor is always there, for those who follow; an empty page is the end.
    if ((json['data'] as unknown[]).length === 0) return entries;
  } while (cursor !== undefined);
  return entries;
}

type Verifiable =
  | Pick<Installation, 'admin' | 'dir' | 'server'>
  | (Pick<Installation, 'admin' | 'dir'> & { readonly verifierKey: string });

/** Exports the ledger over the API and verifies the files offline, once the checkpoint covers everything that is there now. */
export async function verifyLedger({ admin, dir, ...rest }: Verifiable): Promise<VerifyReport> {
  const target = mkdtempSync(join(dir, 'export-'));
  let whole = false;
  for await (const { path, base64, done } of admin.lines('/api/v1/ledger/export', {})) {
    if (done === true) whole = true;
    if (typeof path !== 'string' || typeof base64 !== 'string') continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), Buffer.from(base64, 'base64'));
  }
  if (!whole) throw new Error('the export ended early');
  return verifyExport(target, { vkey: 'server' in rest ? rest.server.verifierKey : rest.verifierKey });
}

/** One budget row, by the end of its name: `org`, `mandate:man_...`. */
export async function budgetsOf(installation: Installation, scope: string): Promise<readonly BudgetRow[]> {
  const { json } = await installation.admin.get('/api/v1/budgets', { scope, limit: 200 });
  return json['data'] as unknown as BudgetRow[];
}

export interface BudgetRow {
  readonly scope: string;
  readonly unit: string;
  readonly window: string;
  /** When the window began. */
  readonly starts: string;
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
}
