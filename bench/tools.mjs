// The tool door against a bare proxy on the official SDK and against the direct call, in one run: calls per second of an echo tool, over an HTTP
// server that does nothing and over the reference server as a child. Identity, policy and the durable ledger are on. `--quick` for a short run.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CPU, nextJson, pin, PINNED, startNode, stop, stopAll } from './model/machine.mjs';
import { call } from './model/probe.mjs';
import { readable, serverFile, startDoor } from './tools/door.mjs';
import { callOf, measure } from './tools/rounds.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const say = (text) => console.log(text);

const require = createRequire(import.meta.url);
const EVERYTHING = {
  command: process.execPath,
  args: [join(dirname(require.resolve('@modelcontextprotocol/server-everything/package.json')), 'dist/index.js'), 'stdio'],
};
const here = (file) => resolve(import.meta.dirname, file);

async function startPeer(cpu, file, ...args) {
  const started = startNode(cpu, [here(file), ...args]);
  const { port } = await nextJson(started, file);
  return { started, port };
}

/** A way that answers wrongly is fast for nothing. */
async function look({ name, port, path, headers, tool }) {
  const { body, headers: own } = callOf(tool);
  const { status, text } = await call({ port, path, headers: { ...own, ...headers } }, body);
  if (status !== 200 || !text.includes('countersigned') || text.includes('"isError":true'))
    throw new Error(`${name} answers ${status}: ${text.slice(0, 600)}`);
}

const share = (value) => Math.round(value * 1000) / 1000;

function ratiosOf(figures) {
  const ratios = {};
  for (const [connections, by] of Object.entries(figures)) {
    ratios[`sdkProxy${connections}`] = share(by.countersign.rps / by['sdk proxy'].rps);
    ratios[`direct${connections}`] = share(by.countersign.rps / by.direct.rps);
    ratios[`sdkProxyStdio${connections}`] = share(by['countersign, stdio'].rps / by['sdk proxy, stdio'].rps);
  }
  ratios.addedMsP50 = share(figures[1].countersign.p50 - figures[1].direct.p50);
  return ratios;
}

async function run() {
  say(
    `bench/tools on Node ${process.versions.node}, ${PINNED ? 'the door alone on one processor' : 'NOT pinned: taskset or a second processor is missing'}`,
  );
  pin(process.pid, CPU.rest);
  const from = performance.now();
  const nothing = await startPeer(CPU.rest, 'tools/null.mjs');
  const url = `http://127.0.0.1:${nothing.port}/mcp`;
  const door = await startDoor([
    serverFile('null', { kind: 'http', url, privateAddresses: true }, { operations: [readable('echo')], concurrency: 64 }),
    serverFile('every', { kind: 'stdio', ...EVERYTHING }, { operations: [readable('echo')], concurrency: 64 }),
  ]);
  const proxy = await startPeer(CPU.gateway, 'peers/mcp/proxy.mjs', JSON.stringify({ url }));
  const stdio = await startPeer(CPU.gateway, 'peers/mcp/proxy.mjs', JSON.stringify(EVERYTHING));
  const ours = { port: door.port, path: door.path, headers: door.headers };
  const ways = [
    { name: 'direct', port: nothing.port, path: '/mcp', headers: {}, tool: 'echo' },
    { name: 'sdk proxy', port: proxy.port, path: '/mcp', headers: {}, tool: 'echo' },
    { name: 'countersign', ...ours, tool: 'null__echo' },
    { name: 'sdk proxy, stdio', port: stdio.port, path: '/mcp', headers: {}, tool: 'echo' },
    { name: 'countersign, stdio', ...ours, tool: 'every__echo' },
  ];
  for (const way of ways) await look(way);
  say(`all ways answer rightly, ${door.note}`);
  const figures = await measure({ ways, quick: values.quick, say });
  await door.stop();
  for (const { started } of [proxy, stdio, nothing]) await stop(started);
  say(`took ${((performance.now() - from) / 1000).toFixed(1)} s`);
  say(JSON.stringify({ bench: 'tools', node: process.versions.node, ratios: ratiosOf(figures) }));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

try {
  await run();
} catch (error) {
  console.error(`bench/tools: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
