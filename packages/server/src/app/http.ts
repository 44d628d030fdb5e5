/** One listener for all doors and the API: agents' traffic goes to the model door without a framework in between. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Fault } from '@countersign/kernel/fault';
import type { CommandDoor } from '../gateway/command/run/index.ts';
import type { ModelDoor } from '../gateway/model/index.ts';
import type { HookDoor } from '../gateway/command/hook/index.ts';
import type { TelemetryDoor } from '../gateway/telemetry/index.ts';
import type { ToolDoor } from '../gateway/tool/index.ts';
import { SERVER_OPTIONS } from '../gateway/model/index.ts';

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Whether plain HTTP to 127.0.0.1 comes here. */
  readonly isOnLoopback: boolean;
  /** Stops taking connections, waits for answers under way up to `graceMs`, then ends what is left. */
  close(graceMs: number): Promise<void>;
}

export interface Handlers {
  readonly model: ModelDoor;
  readonly tool: ToolDoor;
  readonly hooks: HookDoor;
  readonly telemetry: TelemetryDoor;
  readonly command: CommandDoor;
  readonly api: (req: IncomingMessage, res: ServerResponse) => void;
}

/** A client that needs longer than this for its headers is not going to send any. */
const HEADERS_MS = 15_000;
/** Node looks at such deadlines this often. */
const DEADLINES_MS = 5_000;
/** More connections than this are refused: each one costs memory before anybody is identified. */
const CONNECTIONS_MAX = 2_000;

/** Bound addresses that answer on 127.0.0.1. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '0.0.0.0', '::']);

/** Certificate chain and private key, PEM. Clients remember the certificate: all nodes behind one name have the same. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Absent: plain HTTP, for this machine or behind a proxy that ends TLS. */
  readonly tls?: TlsFiles;
}

/** Reads what is to be served. @throws Fault config.invalid */
export function readTls(certPath: string, keyPath: string): TlsFiles {
  try {
    const files = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
    // Says now what every handshake would say later.
    createSecureContext(files);
    return files;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('config.invalid', `TLS cannot be served with ${certPath} and ${keyPath}: ${why}.`, { cause });
  }
}

/** @throws Fault config.invalid when the address cannot be listened on */
export async function listen(handlers: Handlers, { host, port, tls }: Address): Promise<Listener> {
  const options = {
    ...SERVER_OPTIONS,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: DEADLINES_MS,
    requestTimeout: 0,
    noDelay: true,
  };
  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    const url = req.url ?? '/';
    if (handlers.hooks.matches(url)) handlers.hooks.handle(req, res);
    // Before the model door, below whose prefix one client has it.
    else if (handlers.telemetry.matches(url)) handlers.telemetry.handle(req, res);
    else if (handlers.model.matches(url, req.method)) handlers.model.handle(req, res);
    else if (handlers.tool.matches(url, req.method)) handlers.tool.handle(req, res);
    else if (handlers.command.matches(url)) handlers.command.handle(req, res);
    else handlers.api(req, res);
  };
  const server =
    tls === undefined ? createServer(options, serve) : createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2' }, serve);
  server.maxConnections = CONNECTIONS_MAX;
  server.on('upgrade', (req, socket, head) => {
    if (handlers.command.matches(req.url ?? '/')) handlers.command.upgrade(req, socket, head);
    else handlers.model.upgrade(req, socket);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  await open(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${name}:${address.port}`,
    port: address.port,
    isOnLoopback: tls === undefined && LOOPBACK.has(address.address),
    close: (graceMs) => close(server, graceMs),
  };
}

/**
 * Sandboxes come through our network door, which dials 127.0.0.1 without TLS. Where the listener that is asked for is not there, one of their own is,
 * on a free port: what they ask for is decided here as anywhere else.
 * @throws Fault as `listen` does
 */
export async function listenForSandboxesToo(
  handlers: Handlers,
  address: Address,
): Promise<Listener & { readonly ownPort: number }> {
  const asked = await listen(handlers, address);
  if (asked.isOnLoopback) return { ...asked, ownPort: asked.port };
  const own = await listen(handlers, { host: '127.0.0.1', port: 0 }).catch(async (thrown: unknown) => {
    await asked.close(0);
    throw thrown;
  });
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all([asked.close(graceMs), own.close(graceMs)]);
  };
  return { ...asked, ownPort: own.port, close };
}

function open(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
      reject(new Fault('config.invalid', `Cannot listen on ${host}:${port}: ${why}.`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

const IDLE_LOOK_MS = 50;

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection whose answer ends only now was not idle before, and its client may keep it.
    const look = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    server.close(() => {
      clearTimeout(end);
      clearInterval(look);
      resolve();
    });
  });
}
