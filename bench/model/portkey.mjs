// The peer: Portkey's open source gateway, installed from npm outside the workspace with the versions that its own lockfile has.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { CPU, startNode } from './machine.mjs';
import { untilOpen } from './probe.mjs';

const here = import.meta.dirname;
const SOURCE = resolve(here, '../peers/portkey');
const PLACE = resolve(here, '../.work/portkey');
const FILES = ['package.json', 'package-lock.json', '.npmrc'];

/** @returns seconds that the installation took, 0 when it was there */
export function installPortkey() {
  const wanted = readFileSync(join(SOURCE, 'package-lock.json'), 'utf8');
  const marker = join(PLACE, 'installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return 0;
  const from = performance.now();
  mkdirSync(PLACE, { recursive: true });
  for (const file of FILES) copyFileSync(join(SOURCE, file), join(PLACE, file));
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PLACE,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (npm.status !== 0) throw new Error('Portkey could not be installed from npm');
  writeFileSync(marker, wanted);
  return (performance.now() - from) / 1000;
}

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

export async function startPortkey(upstream) {
  const port = await freePort();
  const program = join(PLACE, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const started = startNode(CPU.gateway, [program, `--port=${port}`, '--headless'], {
    cwd: PLACE,
    env: { NODE_ENV: 'production' },
  });
  started.lines.resume();
  await untilOpen(port, started, 'Portkey');
  const headers = {
    authorization: 'Bearer scripted',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
  };
  return { name: 'portkey', started, target: (format) => ({ port, path: `/v1${format.path}`, headers }) };
}
