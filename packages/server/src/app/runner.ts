/** A runner as a process: one listener, a backend, and nothing that is not needed to run what a node has decided. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { createBwrapBackend } from '../adapters/sandbox/index.ts';
import { packFolder, receive, unpackInto } from '../adapters/shared/pack.ts';
import { newId } from '../adapters/system/clock.ts';
import { createRunnerDoor } from '../gateway/runner/index.ts';
import type { Log } from '../ports/log.ts';
import { jsonLog } from './log.ts';

export interface RunnerOptions {
  /** Where workspaces lie while they are needed. */
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly cgroup?: string;
  /** Files in PEM. With `ca`, only nodes with a certificate that it signed are let in. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  readonly log?: Log;
}

export interface RunningRunner {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws Fault config.invalid */
export async function startRunner(options: RunnerOptions): Promise<RunningRunner> {
  const { host, port, secret, cgroup, tls } = options;
  if (tls === undefined && !/^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host))
    throw new Fault('config.invalid', `Without a certificate a runner listens on this machine only, not on ${host}.`);
  const log = options.log ?? jsonLog();
  const folder = join(resolve(options.dir), 'runner');
  // What a runner that was killed left is of no use to anybody.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const backend = createBwrapBackend({ log, ...(cgroup === undefined ? {} : { cgroup }) });
  const packing = { pack: (from: string, file: string) => packFolder(from, file), unpack: unpackInto, receive };
  const door = createRunnerDoor({ backend, secret, folder, packing, newId, log });
  const server: Server =
    tls === undefined
      ? createHttp()
      : createHttps({
          cert: readFileSync(tls.cert),
          key: readFileSync(tls.key),
          ...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca), requestCert: true, rejectUnauthorized: true }),
        });
  server.on('request', (req, res) => door.handle(req, res));
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  await new Promise<void>((done, failed) => {
    server.once('error', (cause) => failed(new Fault('config.invalid', `Cannot listen on ${host}:${port}.`, { cause })));
    server.listen(port, host, done);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  const url = `${tls === undefined ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${bound}`;
  log.info('runner.started', { url });
  return {
    url,
    close: async () => {
      await door.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
