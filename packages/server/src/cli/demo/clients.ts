/** Finds the agents' own binaries: an explicit path, the packages beside us, or the PATH. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const PLATFORM = `${process.platform}-${process.arch}`;

export interface Clients {
  readonly codex: string | undefined;
  readonly claude: string | undefined;
}

export function locateClients(env: Readonly<Record<string, string | undefined>>): Clients {
  return {
    codex: firstThere([env['COUNTERSIGN_CODEX'], ...vendored(`@openai/codex-${PLATFORM}`), ...onPath('codex', env)]),
    claude: firstThere([
      env['COUNTERSIGN_CLAUDE'],
      ...inPackage(`@anthropic-ai/claude-agent-sdk-${PLATFORM}`, 'claude'),
      ...onPath('claude', env),
    ]),
  };
}

const firstThere = (candidates: readonly (string | undefined)[]): string | undefined =>
  candidates.find((path) => path !== undefined && path !== '' && existsSync(path));

function packageFolder(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const found = join(folder, name);
    if (existsSync(found)) return found;
  }
  return undefined;
}

function inPackage(name: string, file: string): readonly string[] {
  const folder = packageFolder(name);
  return folder === undefined ? [] : [join(folder, file)];
}

/** The vendor folder holds one folder per target triple. */
function vendored(name: string): readonly string[] {
  const folder = packageFolder(name);
  if (folder === undefined || !existsSync(join(folder, 'vendor'))) return [];
  return readdirSync(join(folder, 'vendor')).map((triple) => join(folder, 'vendor', triple, 'bin', 'codex'));
}

const onPath = (name: string, env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name));
