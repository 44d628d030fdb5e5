/** A throwaway place for one try: a work tree, a home, files of the client that are laid over /etc, and a place outside that must stay empty. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { isRecord } from '@countersign/kernel/json';
import type { ClientFile, ClientName } from '../../../ports/clients.ts';

export interface Room {
  readonly root: string;
  readonly work: string;
  readonly home: string;
  readonly outside: string;
  /** Repository that the work tree could be pushed to. */
  readonly remote: string;
  readonly etc: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

const FOLDERS: Readonly<Record<ClientName, string>> = { codex: 'codex', claude: 'claude-code' };

/** Below the home directory: a client may always write into the temporary one. */
export function makeRoom(client: ClientName, files: readonly ClientFile[], env: NodeJS.ProcessEnv): Room {
  const base = join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'countersign');
  mkdirSync(base, { recursive: true });
  const root = realpathSync(mkdtempSync(join(base, 'probe-')));
  const [work, home, outside, etc, tmp] = ['work', 'home', 'outside', 'etc', 'tmp'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  // Where the client's sandbox lets it be written, or that would stop a push which nobody else did.
  const remote = join(work, 'remote.git');
  for (const folder of [work, home, outside, etc, tmp, join(home, '.codex')]) mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) put(join(etc, FOLDERS[client], name), text);
  put(join(work, 'README.md'), '# A throwaway work tree\n');
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-C', work, ...args], {
      stdio: 'ignore',
      env: { PATH: env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
    });
  };
  execFileSync('git', ['init', '-q', '--bare', remote], { stdio: 'ignore', env: { PATH: env['PATH'], HOME: home } });
  git('init', '-q', '-b', 'main');
  git('add', 'README.md');
  git('-c', 'user.name=probe', '-c', 'user.email=probe@localhost', 'commit', '-qm', 'Probe');
  git('remote', 'add', 'origin', remote);
  return {
    ...{ root, work, home, outside, remote, etc },
    env: {
      PATH: env['PATH'],
      HOME: home,
      TMPDIR: tmp,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      CODEX_HOME: join(home, '.codex'),
      // As root Claude Code does not take its flags against questions otherwise, and they would not be tried.
      IS_SANDBOX: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10 }),
  };
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * The files with a model of ours in the place of the provider, so that a script is played; nothing else of them changes. `doors`: another address
 * than the one in the files for everything else, to see what happens when nobody answers there.
 */
export function withModel(
  files: readonly ClientFile[],
  model: string,
  doors?: { readonly from: string; readonly to: string },
): ClientFile[] {
  return files.map(({ name, text }) => {
    const turned = doors === undefined ? text : text.replaceAll(doors.from, doors.to);
    if (name.endsWith('.toml')) return { name, text: tomlWith(turned, model) };
    return name.includes('settings') && name.endsWith('.json') ? { name, text: jsonWith(turned, model) } : { name, text: turned };
  });
}

/** The table that a text says, changed, as text. @throws when it is no TOML */
export const editToml = (text: string, change: (table: Record<string, unknown>) => object): string =>
  stringify(change(parse(text)));

const tomlWith = (text: string, model: string): string =>
  editToml(text, (table) => {
    const providers = table['model_providers'];
    if (!isRecord(providers)) return table;
    for (const provider of Object.values(providers)) if (isRecord(provider)) Object.assign(provider, { base_url: `${model}/v1` });
    return table;
  });

function jsonWith(text: string, model: string): string {
  const settings: unknown = JSON.parse(text);
  if (!isRecord(settings)) return text;
  const { env } = settings;
  // What the files do not hold is not put there: it may be what closes a way around.
  if (!isRecord(env) || env['ANTHROPIC_BASE_URL'] === undefined) return text;
  return JSON.stringify({ ...settings, env: { ...env, ANTHROPIC_BASE_URL: model } }, null, 2);
}
