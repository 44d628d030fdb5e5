/** What is started: which file, with which digest, in which environment. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ToolTransport } from '../../../../ports/registry.ts';
import type { Environment } from '../../../shared/credential.ts';
import { Failed } from '../../failed.ts';

export type StdioTransport = Extract<ToolTransport, { kind: 'stdio' }>;

/** Programs whose first argument that is a file is what really runs. */
const INTERPRETERS = /^(node|nodejs|bun|deno|python|python3|ruby|perl|sh|bash)$/;

const refused = (internal: string): Failed => new Failed('refused', internal, { sent: false });

/** The program, found as a shell would find it. @throws Failed refused */
export async function findCommand(transport: StdioTransport, environment: Environment): Promise<string> {
  const { command } = transport;
  const folders = command.includes('/') ? [''] : (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const file = folder === '' ? placed(transport, command) : join(folder, command);
    if (file === undefined) throw refused('a relative program needs a working directory');
    if (await isProgram(file)) return file;
  }
  throw refused(`no program ${command}`);
}

/** As the child will see it; undefined where its working directory is a fresh one of its own, which has no files. */
function placed({ cwd }: StdioTransport, path: string): string | undefined {
  if (isAbsolute(path)) return path;
  return cwd === null ? undefined : resolve(cwd, path);
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The file that a digest is of: the program, or the first file among the arguments of an interpreter. */
async function fileRun(transport: StdioTransport, program: string): Promise<string> {
  if (!INTERPRETERS.test(basename(program))) return program;
  for (const argument of transport.args) {
    if (argument.startsWith('-')) continue;
    const file = placed(transport, argument);
    if (file === undefined) continue;
    const isFile = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) return file;
  }
  return program;
}

/** `sha256:<hex>` of the file that is run. @throws Failed refused where it cannot be read */
export async function digestRun(transport: StdioTransport, program: string): Promise<string> {
  const file = await fileRun(transport, program);
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch {
    throw refused(`${file} cannot be read`);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** @throws Failed refused where the entry names another digest */
export async function checkDigest(transport: StdioTransport, program: string): Promise<void> {
  if (transport.digest === null) return;
  const digest = await digestRun(transport, program);
  if (digest !== transport.digest.toLowerCase())
    throw refused(`the file that is run has the digest ${digest}, not that of its entry`);
}

/** Of our own environment only what a program needs to find its feet; then the entry's values, then credentials. */
export function childEnvironment(
  transport: StdioTransport,
  parts: { readonly environment: Environment; readonly home: string; readonly secrets: Readonly<Record<string, string>> },
): Record<string, string> {
  const env: Record<string, string> = { HOME: parts.home };
  for (const name of ['PATH', 'LANG', 'TZ']) {
    const value = parts.environment[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...transport.env, ...parts.secrets };
}
