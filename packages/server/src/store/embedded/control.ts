/**
 * One process per directory. The first one listens on a control socket; the second finds it taken, asks who it is, and refuses with a
 * sentence before it starts anything. On Linux the name lives in the kernel and goes with the process, so it can't be stale; a pid
 * file could lie. Elsewhere it is a socket file, which is taken over when nobody answers on it.
 */
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { Place } from './place.ts';

export interface Control {
  release(): Promise<void>;
}

const ANSWER_MS = 1_000;

const addressOf = (place: Place): string =>
  process.platform === 'linux' ? `\0countersign-control-${place.mark}` : join(place.runtime, 'control');

/** @throws Fault request.conflict with the process id of the one that runs already */
export async function takeControl(place: Place): Promise<Control> {
  const address = addressOf(place);
  const answer = `${JSON.stringify({ pid: process.pid, dir: place.dir })}\n`;
  let server = await listen(address, answer);
  if (server === undefined) {
    const holder = await ask(address);
    if (holder === undefined && process.platform !== 'linux') {
      await unlink(address).catch(() => undefined);
      server = await listen(address, answer);
    }
    if (server === undefined) throw alreadyRunning(place, holder);
  }
  const held = server;
  held.unref();
  return { release: () => new Promise((done) => held.close(() => done())) };
}

function listen(address: string, answer: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(answer);
    });
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve(server));
  });
}

function ask(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let text = '';
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text === '' ? undefined : text.slice(0, 300).trim()));
  });
}

function alreadyRunning(place: Place, holder: string | undefined): Fault {
  const pid = /"pid":(\d+)/.exec(holder ?? '')?.[1];
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new Fault(
    'request.conflict',
    `Countersign is running on ${place.dir} already (${who}). Stop it first, or choose another directory.`,
  );
}
