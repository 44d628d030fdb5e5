/** Runs a real client in a room of its own: a home, a work tree, and a directory of ours laid over /etc. The machine's own /etc is not touched. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { type Launched, launch, type LaunchOptions } from '../../packages/server/src/cli/demo/launch.ts';

const found = locateClients(process.env);

type Env = Readonly<Record<string, string>>;
type Talk = Pick<LaunchOptions, 'answers' | 'onLine'>;

export interface ClientRoom {
  readonly root: string;
  readonly home: string;
  readonly work: string;
  /** What lies here is seen below /etc. */
  readonly etc: string;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Empties a directory. */
  forget(path: string): void;
  codex(args: readonly string[], env?: Env): Promise<Launched>;
  claude(args: readonly string[], env?: Env, talk?: Talk): Promise<Launched>;
  remove(): void;
}

const FILES = { 'README.md': '# Sample\n', 'infra/main.tf': '# protected\n', 'secrets/sample.txt': 'not for agents\n' };
const RUN_MS = 90_000;

export function makeClientRoom(): ClientRoom {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-room-')));
  const [home, tmp, work, etc] = ['home', 'tmp', 'work', 'etc'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  // Home and temporary directory are siblings: Codex makes no helper programs where its home lies under the temporary directory.
  for (const folder of [home, tmp, work, etc, join(home, '.codex')]) mkdirSync(folder);
  const base = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: tmp,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    CODEX_HOME: join(home, '.codex'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [file, text] of Object.entries(FILES)) write(`work/${file}`, text);
  const git = (...args: string[]) => execFileSync('git', ['-C', work, ...args], { env: base, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('-c', 'user.name=sample', '-c', 'user.email=sample@localhost', 'commit', '-qm', 'sample');
  const run = (file: string | undefined, args: readonly string[], env: Env = {}, talk: Talk = {}) =>
    launch(file ?? 'missing-client', args, { cwd: work, env: { ...base, ...env }, timeoutMs: RUN_MS, etc, ...talk });
  return {
    root,
    home,
    work,
    etc,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    forget: (path) => {
      rmSync(join(root, path), { recursive: true, force: true });
      mkdirSync(join(root, path), { recursive: true });
    },
    codex: (args, env) => run(found.codex, args, env),
    claude: (args, env, talk) => run(found.claude, args, env, talk),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10 }),
  };
}
