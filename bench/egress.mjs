// The network door against a direct connection of the same client, in one run: npm run bench:egress [-- --quick]. Opaque: the door sees the name and
// counts bytes. Inspected: it ends TLS on both sides and reads every request. The last line is JSON with ratios.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { connections, requests, throughput } from './egress/client.mjs';
import { install, registry } from './egress/install.mjs';
import { nextJson, startNode, stopAll } from './model/machine.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const SIZES = values.quick
  ? { rounds: 3, bytes: 128e6, requests: 400, connections: 80, installs: 2, package: 'yargs@17.7.2' }
  : { rounds: 7, bytes: 600e6, requests: 3_000, connections: 600, installs: 4, package: 'express@5.1.0' };

const here = (file) => resolve(import.meta.dirname, file);
const say = (text) => console.log(text);
const share = (value) => Math.round(value * 1000) / 1000;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// Nobody is alone on a processor: origin, door and client share them, as they do where a sandbox runs.
const ALL = `0-${availableParallelism() - 1}`;
const start = (file, options) => startNode(ALL, [here(file)], options);

async function startDoor(terms) {
  const started = start('egress/door.mjs', { input: JSON.stringify(terms) });
  return { started, ...(await nextJson(started, 'door')) };
}

async function measureWires() {
  const origin = await nextJson(start('egress/origin.mjs'), 'origin');
  const listed = { host: 'origin.test', ports: [origin.port] };
  const names = { 'origin.test': ['127.0.0.1'] };
  const opaque = await startDoor({ rules: [{ ...listed, tls: 'opaque' }], names, roots: [origin.root] });
  const inspected = await startDoor({ rules: [{ ...listed, tls: 'inspect' }], names, roots: [origin.root] });
  const ways = {
    direct: { port: origin.port, ca: origin.root },
    opaque: { port: origin.port, proxy: opaque.port, ca: origin.root },
    inspected: { port: origin.port, proxy: inspected.port, ca: inspected.ca },
  };
  const kinds = [
    { unit: 'MB/s', kind: 'throughput', measure: (way) => throughput(way, SIZES.bytes) },
    { unit: 'requests/s', kind: 'requests', measure: (way) => requests(way, SIZES.requests) },
    { unit: 'new connections/s', kind: 'connections', measure: (way) => connections(way, SIZES.connections) },
  ];
  const medians = {};
  for (const { unit, kind, measure } of kinds) {
    const figures = { direct: [], opaque: [], inspected: [] };
    for (const way of Object.values(ways)) await measure(way);
    for (let round = 0; round < SIZES.rounds; round++)
      for (const [name, way] of Object.entries(ways)) figures[name].push(await measure(way));
    medians[kind] = Object.fromEntries(Object.entries(figures).map(([name, list]) => [name, median(list)]));
    say(
      `${unit}: ${Object.entries(medians[kind])
        .map(([name, value]) => `${name} ${value.toFixed(0)}`)
        .join(', ')}`,
    );
  }
  return {
    opaqueShare: share(medians.throughput.opaque / medians.throughput.direct),
    inspectedShare: share(medians.throughput.inspected / medians.throughput.direct),
    opaqueRequests: share(medians.requests.opaque / medians.requests.direct),
    inspectedRequests: share(medians.requests.inspected / medians.requests.direct),
    opaqueConnections: share(medians.connections.opaque / medians.connections.direct),
    inspectedConnections: share(medians.connections.inspected / medians.connections.direct),
  };
}

/** The fastest of each: what is slow once is the network's. */
async function measureInstalls() {
  const { secure, host, port, roots } = registry();
  const first = await install(SIZES.package);
  if (first === undefined) {
    say('npm install: the registry cannot be reached, left out');
    return {};
  }
  const doors = {};
  const kinds = values.quick ? ['inspect'] : ['inspect', 'opaque'];
  for (const tls of secure ? kinds : ['auto'])
    doors[tls] = await startDoor({ rules: [{ host, ports: [port], tls }], roots, listed: [host] });
  const seconds = { direct: [first], ...Object.fromEntries(Object.keys(doors).map((tls) => [tls, []])) };
  for (let round = 0; round < SIZES.installs; round++) {
    if (round > 0) seconds.direct.push(await install(SIZES.package));
    for (const [tls, door] of Object.entries(doors)) {
      const took = await install(SIZES.package, { proxy: door.port, ca: tls === 'inspect' ? door.ca : undefined });
      if (took === undefined) throw new Error(`npm install through the door (${tls}) failed: ${door.started.stderr.slice(-600)}`);
      seconds[tls].push(took);
    }
  }
  const best = Object.fromEntries(Object.entries(seconds).map(([name, list]) => [name, Math.min(...list)]));
  say(
    `npm install ${SIZES.package}: ${Object.entries(best)
      .map(([name, value]) => `${name} ${value.toFixed(1)} s`)
      .join(', ')}`,
  );
  return {
    npmInstall: share((best.inspect ?? best.auto) / best.direct),
    ...(best.opaque === undefined ? {} : { npmInstallOpaque: share(best.opaque / best.direct) }),
  };
}

try {
  const from = performance.now();
  say(`bench/egress on Node ${process.versions.node}`);
  const ratios = { ...(await measureWires()), ...(await measureInstalls()) };
  say(`took ${((performance.now() - from) / 1000).toFixed(1)} s`);
  say(JSON.stringify({ bench: 'egress', node: process.versions.node, ratios }));
} catch (error) {
  console.error(`bench/egress: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
