// The peer: Portkey's open source gateway, installed from npm outside the workspace with the versions that its own lockfile has.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { placeOf } from '../peers/install.mjs';
import { CPU, startNode } from './machine.mjs';
import { untilOpen } from './probe.mjs';

const PLACE = placeOf('portkey');

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
