/** Which server, with which key: flags, then the environment, then what `up` left in the data directory. */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRecord } from '@countersign/kernel/json';
import { Client } from '../client/index.ts';
import type { Call } from './call.ts';
import { CliError } from './exit.ts';

export const DATA_DIR = '.countersign';
export const CONNECTION_FILE = 'cli.json';
export const PORT = 7070;

export const dataDir = (call: Call): string =>
  resolve(call.io.cwd, call.text('dir') ?? call.io.env['COUNTERSIGN_DIR'] ?? DATA_DIR);

interface Connection {
  readonly url?: string;
  readonly key?: string;
}

/** @throws CliError when others may read the file: it holds a key */
function connectionFile(call: Call): Connection {
  const path = join(dataDir(call), CONNECTION_FILE);
  let content: string;
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
      throw new CliError('failed', `${path} can be read by others`, { why: 'it holds a key', next: `chmod 600 ${path}` });
    content = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof CliError) throw thrown;
    return {};
  }
  try {
    const parsed: unknown = JSON.parse(content);
    if (!isRecord(parsed)) return {};
    const { url, key } = parsed;
    return { ...(typeof url === 'string' ? { url } : {}), ...(typeof key === 'string' ? { key } : {}) };
  } catch (cause) {
    throw new CliError('failed', `${path} is not readable JSON`, {
      next: `delete it, and start the server again with \`countersign up\``,
      cause,
    });
  }
}

/** Whether anybody named a server: a flag, the environment, or what `up` left. */
export const isConnected = (call: Call): boolean =>
  (call.text('url') ?? call.io.env['COUNTERSIGN_URL'] ?? connectionFile(call).url) !== undefined;

/** @throws CliError usage for a URL that is none */
export function connectionOf(call: Call): { readonly url: string; readonly key: string | undefined } {
  const { env } = call.io;
  const named = call.text('url') ?? env['COUNTERSIGN_URL'];
  const file = connectionFile(call);
  const url = named ?? file.url ?? `http://127.0.0.1:${PORT}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new CliError('usage', `\`${url}\` is not the URL of a server`);
  // The key in the file belongs to the server in the file: it is never shown to another one.
  const key = call.text('key') ?? env['COUNTERSIGN_KEY'] ?? (named === undefined || named === file.url ? file.key : undefined);
  return { url: url.replace(/\/+$/, ''), key };
}

/** @throws CliError usage for a URL that is none */
export function connect(call: Call): Client {
  return new Client({ ...connectionOf(call), fetch: call.io.fetch, signal: call.io.signal });
}
