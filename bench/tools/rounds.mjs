// One measurement of one way to a tool, and the order in which they are taken: from one to the next, so that a busy minute hits all of them.
import { resolve } from 'node:path';
import { CPU, nextJson, startNode, stop } from '../model/machine.mjs';
import { median } from '../model/wire.mjs';

const SATURATE = resolve(import.meta.dirname, '../model/saturate.mjs');
export const CONNECTIONS = [1, 16];

const FULL = { rounds: 5, seconds: 3, warmSeconds: 6 };
const QUICK = { rounds: 2, seconds: 0.5, warmSeconds: 0.6 };
const AGAIN_WARM_SECONDS = 0.3;

/** A call as any client of the newer era sends it. */
export function callOf(name) {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name, arguments: { message: 'countersigned' }, _meta: meta };
  return {
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
  };
}

async function saturate(way, { connections, seconds, warmSeconds }) {
  const { body, headers } = callOf(way.tool);
  const target = { port: way.port, path: way.path, headers: { ...headers, ...way.headers } };
  const job = { target, body, connections, seconds, warmSeconds, cold: false };
  const load = startNode(CPU.rest, [SATURATE], { input: JSON.stringify(job) });
  try {
    await nextJson(load, 'the load');
    const result = await nextJson(load, 'the load');
    if (result.bad > 0) throw new Error(`${way.name}: ${result.bad} calls failed, the run is void: ${result.firstBad}`);
    return result;
  } finally {
    await stop(load);
  }
}

/** @returns rps and p50 in ms by connections and name */
export async function measure({ ways, quick, say }) {
  const plan = quick ? QUICK : FULL;
  const figures = {};
  for (const connections of CONNECTIONS) {
    const runs = new Map(ways.map((way) => [way.name, []]));
    for (let round = 0; round < plan.rounds; round += 1)
      for (const way of ways) {
        const warmSeconds = round === 0 ? plan.warmSeconds : AGAIN_WARM_SECONDS;
        runs.get(way.name).push(await saturate(way, { connections, seconds: plan.seconds, warmSeconds }));
      }
    figures[connections] = Object.fromEntries(
      [...runs].map(([name, of]) => [name, { rps: median(of.map(({ rps }) => rps)), p50: median(of.map(({ p50 }) => p50)) }]),
    );
    for (const [name, { rps, p50 }] of Object.entries(figures[connections]))
      say(
        `${String(connections).padStart(3)} connections  ${name.padEnd(22)} ${rps.toFixed(0).padStart(7)} calls/s  p50 ${p50.toFixed(2).padStart(7)} ms`,
      );
  }
  return figures;
}
