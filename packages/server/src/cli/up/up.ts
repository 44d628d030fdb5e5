/** `up`: the whole server in this process, until it is told to stop. Leaves address and key where the other commands look for them. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Call } from '../call.ts';
import { CONNECTION_FILE, dataDir, PORT } from '../connect.ts';
import { CliError } from '../exit.ts';
import { sandboxOf } from './sandbox.ts';
import { loadServer, type StartOptions } from './server.ts';

/** Only we may read it: it holds a key. Whole or not at all. */
export function leaveConnection(dir: string, connection: { url: string; key: string }): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, CONNECTION_FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return path;
}

function optionsOf(call: Call): StartOptions {
  const port = call.integer('port') ?? PORT;
  if (port > 65_535) throw new CliError('usage', `\`--port\` must be at most 65535, not ${port}`);
  const databaseUrl = call.text('databaseUrl') ?? call.io.env['DATABASE_URL'];
  const governance = call.text('governance');
  return {
    dir: dataDir(call),
    port,
    host: call.text('host') ?? '127.0.0.1',
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...publicUrlOf(call),
    ...(governance === undefined ? {} : { governance: governanceOf(resolve(call.io.cwd, governance)) }),
    sandbox: sandboxOf(call),
  };
}

/** Told before a database is made. @throws CliError usage */
function governanceOf(directory: string): string {
  if (existsSync(join(directory, 'countersign.yaml'))) return directory;
  throw new CliError('usage', `\`--governance\` names ${directory}, which has no countersign.yaml`, {
    next: 'make a starter directory with `countersign init`',
  });
}

function publicUrlOf(call: Call): Pick<StartOptions, 'publicUrl'> {
  const url = call.text('publicUrl');
  if (url === undefined) return {};
  if (!URL.canParse(url) || !/^https?:/.test(url) || url.endsWith('/'))
    throw new CliError('usage', `\`--public-url\` must be a URL without a slash at the end, not \`${url}\``);
  return { publicUrl: url };
}

/** Both or none. @throws CliError usage */
function tlsPathsOf(call: Call): { readonly cert: string; readonly key: string } | undefined {
  const [cert, key] = [call.text('tlsCert'), call.text('tlsKey')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new CliError('usage', '`--tls-cert` and `--tls-key` are given together', {
      why: 'a certificate is of no use without its key',
    });
  return { cert: resolve(call.io.cwd, cert), key: resolve(call.io.cwd, key) };
}

export async function up(call: Call): Promise<void> {
  const options = optionsOf(call);
  const startServer = await loadServer(tlsPathsOf(call));
  const server = await startServer(options);
  try {
    call.write(server.url);
    if (server.adminKey !== undefined) {
      const path = leaveConnection(options.dir, { url: server.url, key: server.adminKey });
      call.say(`An administrator's key is in ${path}. Other commands find it there.`);
    }
    call.say(`Data is in ${server.storage}. Verifiers of the ledger need this key: ${server.verifierKey}`);
    call.say('Press Ctrl-C to stop.');
    if (!call.io.signal.aborted)
      await new Promise<void>((stop) => call.io.signal.addEventListener('abort', () => stop(), { once: true }));
    call.say('Stopping ...');
  } finally {
    await server.close();
  }
}
