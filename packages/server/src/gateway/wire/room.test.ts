import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readBody } from './read.ts';
import { BodyRoom } from './room.ts';

const LIMITS = { bytesMax: 100, timeoutMs: 1_000 };

function body(...chunks: readonly string[]): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  for (const chunk of chunks) req.push(chunk);
  req.push(null);
  return req;
}

test('a body is held until it is given back', async () => {
  const room = new BodyRoom(50);
  expect(await readBody(body('x'.repeat(30)), LIMITS, room)).toHaveLength(30);
  expect([room.held, await readBody(body('y'.repeat(30)), LIMITS, room)]).toEqual([30, 'busy']);
  room.give(30);
  expect(await readBody(body('y'.repeat(30)), LIMITS, room)).toHaveLength(30);
});

test.each<[string, IncomingMessage, string]>([
  ['is too large', body('x'.repeat(80), 'x'.repeat(80)), 'too-large'],
  ['finds no room', body('x'.repeat(40), 'x'.repeat(40)), 'busy'],
])('nothing is held of a body that %s', async (_name, req, problem) => {
  const room = new BodyRoom(problem === 'busy' ? 50 : 1_000);
  expect([await readBody(req, LIMITS, room), room.held]).toEqual([problem, 0]);
});

test('nothing is held of a body that does not come', async () => {
  const room = new BodyRoom();
  const req = new IncomingMessage(new Socket());
  req.push('half');
  expect([await readBody(req, { bytesMax: 100, timeoutMs: 20 }, room), room.held]).toEqual(['timeout', 0]);
});
