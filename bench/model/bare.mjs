// The floor: a proxy that only passes on. And the direct call, which is no gateway at all.
import { resolve } from 'node:path';
import { CPU, nextJson, startNode } from './machine.mjs';

const PROXY = resolve(import.meta.dirname, '../peers/bare/proxy.mjs');
const headers = { authorization: 'Bearer scripted' };

export async function startBare(upstream) {
  const started = startNode(CPU.gateway, [PROXY, `http://127.0.0.1:${upstream}`]);
  const { port } = await nextJson(started, 'the bare proxy');
  return { name: 'bare', started, target: (format) => ({ port, path: `/v1${format.path}`, headers }) };
}

export const direct = (upstream) => ({
  name: 'direct',
  target: (format) => ({ port: upstream, path: `/v1${format.path}`, headers }),
});
