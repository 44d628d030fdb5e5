import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Flow, Meter } from './meter.ts';
import { tunnel, type TunnelEnd } from './tunnel.ts';

const NOTHING = Buffer.alloc(0);
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Two ends of one connection; the far one reads nothing by itself. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  if (near.connecting) await once(near, 'connect');
  closing.push(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  far.on('error', () => undefined);
  return { near, far };
}

/** A tunnel, and the two far ends of it. */
async function stage(): Promise<{ client: Socket; origin: Socket; end: Promise<TunnelEnd> }> {
  const [clients, origins] = await Promise.all([pair(), pair()]);
  const caps = { uploadBytes: undefined, downloadBytes: undefined };
  const meter = (): Meter => new Meter(caps);
  const flow = new Flow({ all: meter(), shared: meter(), rule: meter() }, caps);
  const end = tunnel({ client: clients.near, upstream: origins.near, flow, ahead: { up: NOTHING, down: NOTHING } });
  return { client: clients.far, origin: origins.far, end };
}

test('both sides end: done', async () => {
  const { client, origin, end } = await stage();
  client.end('question');
  expect(await text(origin)).toBe('question');
  origin.end('answer');
  expect(await text(client)).toBe('answer');
  expect(await end).toBe('done');
});

test('a client that resets the connection once it has been told all is done with it', async () => {
  const { client, origin, end } = await stage();
  origin.end('all');
  expect(await text(client)).toBe('all');
  client.resetAndDestroy();
  expect(await end).toBe('done');
});

test('a client that resets the connection before is not', async () => {
  const { client, origin, end } = await stage();
  origin.write('some');
  expect(String((await once(client.resume(), 'data'))[0])).toBe('some');
  client.resetAndDestroy();
  expect(await end).toBe('failed');
});

test('a client that has not taken all that an ended origin said has not been told all', async () => {
  const { client, origin, end } = await stage();
  // More than the buffers of two connections hold.
  origin.end(Buffer.alloc(64 * 1_024 * 1_024));
  await once(client.resume(), 'data');
  client.pause();
  client.resetAndDestroy();
  expect(await end).toBe('failed');
});

test('an origin that resets the connection has failed, even where the client has ended', async () => {
  const { client, origin, end } = await stage();
  client.end('question');
  expect(await text(origin)).toBe('question');
  origin.resetAndDestroy();
  expect(await end).toBe('failed');
});

async function text(socket: Socket): Promise<string> {
  // Iterating would destroy the socket at its end.
  let said = '';
  socket.on('data', (piece) => (said += String(piece)));
  socket.resume();
  await once(socket, 'end');
  return said;
}
