// The model door against a bare proxy and against Portkey, in one run, in front of one scripted provider. `--quick` for a short run,
// `--only NAME,NAME` for some of the gateways (no goals are judged then). How it is measured stands in docs/development.md.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { direct, startBare } from './model/bare.mjs';
import { startCountersign } from './model/countersign.mjs';
import { CPU, nextJson, pin, PINNED, startNode, stop, stopAll } from './model/machine.mjs';
import { startPortkey } from './model/portkey.mjs';
import { installPeer } from './peers/install.mjs';
import { firstLook } from './model/probe.mjs';
import { measure } from './model/plan.mjs';
import { ratiosOf } from './model/ratios.mjs';

const STARTERS = { bare: startBare, portkey: startPortkey, countersign: startCountersign };

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(STARTERS);

const say = (text) => console.log(text);

async function run() {
  say(
    `bench/model on Node ${process.versions.node}, ${PINNED ? 'gateway alone on one processor' : 'NOT pinned: taskset or a second processor is missing'}`,
  );
  pin(process.pid, CPU.rest);
  const installed = names.includes('portkey') ? installPeer('portkey') : 0;
  if (installed > 0) say(`Portkey installed from npm in ${installed.toFixed(1)} s (not part of the run)`);
  const from = performance.now();
  const upstream = startNode(CPU.rest, [resolve(import.meta.dirname, 'model/upstream.mjs')]);
  const { port } = await nextJson(upstream, 'the scripted provider');
  const gateways = [];
  for (const name of names) {
    const gateway = await STARTERS[name](port);
    await firstLook(gateway);
    say(`${name}: up, one answer and one stream are right${gateway.note === undefined ? '' : `, ${gateway.note}`}`);
    gateways.push(gateway);
  }
  const figures = await measure({ gateways, direct: direct(port), quick: values.quick, say });
  for (const gateway of gateways) await (gateway.stop?.() ?? stop(gateway.started));
  say(`took ${((performance.now() - from) / 1000).toFixed(1)} s`);
  say(JSON.stringify({ bench: 'model', node: process.versions.node, ratios: ratiosOf(figures) }));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

try {
  await run();
} catch (error) {
  console.error(`bench/model: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
