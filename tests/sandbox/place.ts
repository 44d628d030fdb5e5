/** A throw-away host: a workspace with everything that may not be reached around it. The same for the sandbox and for the control. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Place } from './attempts.ts';
import { tempFolder } from './stage.ts';

export interface LivePlace extends Place {
  /** For the scripts. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const write = (path: string, text: string): void => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
};

function makeWorkspace(workspace: string, top: string): void {
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: workspace, stdio: 'ignore' });
  git('init', '-q');
  for (const [name, value] of [
    ['user.name', 'n'],
    ['user.email', 'e@example.org'],
    ['core.hooksPath', 'scripts/hooks'],
  ] as const)
    git('config', name, value);
  write(join(workspace, 'scripts/hooks/pre-push'), '#!/bin/sh\n');
  write(join(workspace, '.env'), 'CANARY');
  write(join(workspace, 'private/key'), 'CANARY');
  write(join(workspace, 'nest/inner/key'), 'CANARY');
  write(join(workspace, 'alias-target.txt'), 'CANARY');
  symlinkSync('alias-target.txt', join(workspace, 'alias'));
  symlinkSync(join(top, 'secret'), join(workspace, 'planted'));
  write(join(workspace, 'protected.txt'), 'as it was\n');
  write(join(workspace, 'deep/inner/file'), 'as it was\n');
  write(join(workspace, '.agents/rules.md'), 'as it was\n');
  for (const folder of ['.git/modules/part', 'vendored/.git']) {
    write(join(workspace, folder, 'HEAD'), 'ref: refs/heads/main\n');
    write(join(workspace, folder, 'config'), '[core]\n');
    mkdirSync(join(workspace, folder, 'hooks'));
  }
}

const listening = (where: string | number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('BREACH\n');
    });
    server.once('error', reject);
    if (typeof where === 'number') server.listen(where, '127.0.0.1', () => resolve(server));
    else server.listen(where, () => resolve(server));
  });

let made = 0;

export async function openPlace(): Promise<LivePlace> {
  made += 1;
  const top = tempFolder('place');
  chmodSync(top, 0o755);
  const [workspace, home, mark] = [join(top, 'workspace'), join(top, 'home'), `csmark${process.pid}x${made}`];
  for (const folder of [workspace, home, join(top, 'neighbour')]) mkdirSync(folder);
  for (const path of ['secret', 'neighbour/secret']) writeFileSync(join(top, path), 'CANARY\n');
  for (const path of [`/tmp/${mark}`, `/dev/shm/${mark}`]) writeFileSync(path, 'CANARY');
  makeWorkspace(workspace, top);
  const servers = [
    await listening(0),
    await listening(join(workspace, 'host.sock')),
    await listening(join(top, 'outer.sock')),
    await listening(`\0${mark}`),
  ];
  const sleeper = spawn('sh', ['-c', 'sleep 300', `${mark}-process`], { stdio: 'ignore' });
  const shm = /\d+/.exec(execFileSync('ipcmk', ['-M', '64']).toString())?.[0] ?? '';
  const address = servers[0]?.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    top,
    workspace,
    home,
    mark,
    variables: {
      TOP: top,
      MARK: mark,
      PORT: String(port),
      SHM: shm,
      SERVER: String(process.pid),
      HOST: hostname(),
      HOSTHOME: '/home',
    },
    async close() {
      sleeper.kill('SIGKILL');
      execFileSync('ipcrm', ['-m', shm]);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      for (const path of [`/tmp/${mark}`, `/dev/shm/${mark}`, `/tmp/${mark}-left`, `/dev/shm/${mark}-left`])
        rmSync(path, { force: true });
      rmSync(top, { recursive: true, force: true });
    },
  };
}
