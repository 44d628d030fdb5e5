/** The network door on loopback: a fake upstream with a log of its own, and the door before it with a gate in memory. */
import { execFile } from 'node:child_process';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import type { EgressProfile, EgressRule } from '@countersign/kernel/egress';
import { createEgressAuthority, createEgressUpstream } from '../../packages/server/src/adapters/egress/index.ts';
import { mintAuthority, mintLeaf, type Authority } from '../../packages/server/src/adapters/egress/mint.ts';
import { createNetworkDoor } from '../../packages/server/src/gateway/egress/index.ts';
import { MemoryGate, OPEN_RULE } from '../../packages/server/src/gateway/egress/testing/gate.ts';
import type { EgressRun, EgressServing, EgressSlot } from '../../packages/server/src/ports/egress.ts';
import type { Log } from '../../packages/server/src/ports/log.ts';

const DAY_MS = 86_400_000;
const clock = { now: () => Date.now() };

export interface Hit {
  readonly secure: boolean;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly bodyBytes: number;
}

export interface Origin {
  readonly port: number;
  readonly securePort: number;
  /** PEM of what signed its certificate. */
  readonly root: string;
  /** Finished requests, and connections that brought none. */
  readonly hits: Hit[];
  readonly connections: { count: number };
  close(): Promise<void>;
}

export const listen = (server: Server | HttpServer, port = 0): Promise<number> =>
  new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections();
  });

/** An authority of the test's own, as the internet's are. */
export function testAuthority(): {
  readonly authority: Authority;
  readonly pem: string;
  leaf(host: string): { key: string; cert: string };
} {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = Date.now() - DAY_MS;
  const authority: Authority = { name: 'test root', key: privateKey, from, to: from + 10 * DAY_MS };
  return {
    authority,
    pem: mintAuthority(authority),
    leaf: (host) => {
      const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const cert = mintLeaf(authority, { host, key, from, to: from + 5 * DAY_MS });
      return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
    },
  };
}

/** @param answer after the request was read and logged */
export async function openOrigin(answer: RequestListener, host = 'allowed.test'): Promise<Origin> {
  const root = testAuthority();
  const hits: Hit[] = [];
  const connections = { count: 0 };
  const listener =
    (secure: boolean): RequestListener =>
    (req, res) => {
      let bodyBytes = 0;
      req.on('data', (chunk: Buffer) => (bodyBytes += chunk.length));
      req.on('end', () => hits.push({ secure, method: req.method ?? '', url: req.url ?? '', headers: req.headers, bodyBytes }));
      answer(req, res);
    };
  const plain = createHttp(listener(false));
  const secure = createHttps(root.leaf(host), listener(true));
  for (const server of [plain, secure]) server.on('connection', () => (connections.count += 1));
  return {
    port: await listen(plain),
    securePort: await listen(secure),
    root: root.pem,
    hits,
    connections,
    close: async () => {
      await Promise.all([closeServer(plain), closeServer(secure)]);
    },
  };
}

export interface DoorStage {
  readonly gate: MemoryGate;
  readonly serving: EgressServing;
  /** Of the listener for programs that know of a proxy. */
  readonly proxy: number;
  readonly http: number;
  readonly https: number;
  readonly dns: number;
  readonly logged: string[];
  close(): Promise<void>;
}

export interface DoorTerms {
  readonly rules: readonly Partial<EgressRule>[];
  readonly profile?: Partial<EgressProfile>;
  readonly roots?: readonly string[];
  /** Addresses by name; others have none. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Listeners of a sandbox instead of ours on loopback. */
  readonly slot?: EgressSlot;
}

export async function openDoor({
  rules,
  profile = {},
  roots = [],
  names = {},
  secrets = {},
  slot,
}: DoorTerms): Promise<DoorStage> {
  const gate = new MemoryGate();
  const logged: string[] = [];
  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    error: (event, fields) => logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  const door = createNetworkDoor({
    gate,
    upstream: createEgressUpstream({
      clock,
      extraRoots: roots,
      resolve: (host) => Promise.resolve(names[host] ?? (host.endsWith('.test') ? ['127.0.0.1'] : [])),
    }),
    authority: createEgressAuthority(Buffer.alloc(32, 7), 'test', clock),
    secrets: { resolve: (reference) => secrets[reference] },
    clock,
    log,
  });
  const listeners = slot ?? (await loopbackSlot());
  const run: EgressRun = {
    caller: { org: 'acme' } as EgressRun['caller'],
    run: 'run_1',
    repository: null,
    trace: '1'.repeat(32),
    profile: {
      name: 'test',
      unfamiliar: 'deny',
      uploadBytes: 50_000_000,
      downloadBytes: 500_000_000,
      connections: 64,
      ...profile,
      rules: rules.map((rule, index) => ({ ...OPEN_RULE, id: `rule-${index}`, ...rule })),
    },
  };
  const serving = door.serve(listeners, run);
  const portOf = (server: Server | undefined): number => (server?.address() as AddressInfo | null)?.port ?? 0;
  return {
    gate,
    serving,
    proxy: portOf(listeners.proxy),
    http: portOf(listeners.http),
    https: portOf(listeners.https),
    dns: listeners.dns?.address().port ?? 0,
    logged,
    close: async () => {
      await serving.close();
    },
  };
}

async function loopbackSlot(): Promise<EgressSlot> {
  const open = (): Server => createTcp({ pauseOnConnect: true });
  const servers = { proxy: open(), http: open(), https: open() };
  for (const server of Object.values(servers)) await listen(server);
  const dns: DatagramSocket = createSocket('udp4');
  await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', () => resolve()));
  const closed = (one: Server | DatagramSocket): Promise<void> => new Promise((done) => one.close(() => done()));
  return {
    id: 'slot',
    ...servers,
    dns,
    close: async () => {
      await Promise.all([...Object.values(servers), dns].map(closed));
    },
  };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a client to its end. Its environment has nothing of ours but PATH. */
export const runClient = (
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd ?? '/nonexistent', ...options.env };
    const child = execFile(
      program,
      args,
      { env, cwd: options.cwd, maxBuffer: 64 << 20, timeout: 120_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    // A program that ends without reading it is no failure.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });

export interface RawAnswer {
  readonly text: string;
  readonly status: number | undefined;
}

/** Sends bytes as they are and reads until the other side closes, or for so long. */
export function sendRaw(socket: Socket, pieces: readonly (string | Buffer)[], ms = 3_000): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
      resolve({ text, status: status === undefined ? undefined : Number(status) });
    };
    const timer = setTimeout(finish, ms);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', finish);
    socket.on('close', finish);
    for (const piece of pieces) socket.write(piece);
  });
}
