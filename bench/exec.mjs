// Start-up of `true` in a sandbox, against bare bubblewrap: rounds in which each takes its turn, on the built code. `--quick` is under 45 seconds.
// The last line is JSON; see docs/development.md for the keys. Nothing is judged: no road, no store, no command line.
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBwrapBackend } from '../packages/server/dist/adapters/sandbox/index.js';
import { claimMint } from '../packages/server/dist/ports/grant.js';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 60 : 200;
/** A busy machine makes fewer rounds, not a longer run. */
const BUDGET_MS = values.quick ? 28_000 : 300_000;
const PARALLEL = values.quick ? 8 : 32;
const MIB = 1_048_576;
const NOTHING = { connections: 0, uploadBytes: 0, downloadBytes: 0, denied: 0 };

const log = { info: () => undefined, warn: (event, fields) => console.error(event, fields), error: console.error };
const grant = claimMint()({
  id: 'gra_bench',
  decision: 'dec_bench',
  org: 'bench',
  action: 'command.read',
  agent: 'bench',
  resource: { type: 'Countersign::Command', id: 'true' },
  mandate: null,
  obligations: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
});

const backend = createBwrapBackend({ log, pool: { plain: 2, networked: 2 } });
const cold = createBwrapBackend({ log, pool: { plain: 0, networked: 0 } });
const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-bench-')));
const held = process.getuid() === 0;
let runs = 0;

function specOf(network) {
  runs += 1;
  return {
    profile: 'bench',
    workspace: { path: workspace, mode: 'write', hidden: [], protect: [] },
    mounts: [],
    roots: [workspace],
    environment: {},
    limits: {
      memoryBytes: held ? 512 * MIB : 0,
      processes: held ? 64 : 0,
      cpuPercent: 0,
      fileBytes: 64 * MIB,
      openFiles: 256,
      workspaceBytes: 0,
      workspaceFiles: 0,
      tmpBytes: 256 * MIB,
      outputBytes: MIB,
      wallMs: 30_000,
    },
    network,
    nested: false,
    debug: false,
    least: 'bwrap',
    identity: { org: 'bench', agent: 'bench', onBehalfOf: '', mandate: null, task: null, repository: null, run: `bench-${runs}` },
  };
}

const drop = () => undefined;
const serving = { ca: undefined, caOnly: false, totals: () => NOTHING, close: () => Promise.resolve(NOTHING) };

async function timed(run) {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function bare(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(args[0], args.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} ended with ${code}`))));
  });
}

async function start(sandbox) {
  const { code } = await sandbox.exec({ argv: ['true'] }, { stdin: 'none', stdout: drop, stderr: drop });
  if (code !== 0) throw new Error(`true ended with ${code}`);
}

/** From the spec to the end of the command. What is taken down afterwards does not hold anybody up. */
async function sandboxed(from, network) {
  let sandbox;
  const ms = await timed(async () => {
    const door = network === 'door' ? { slot: await from.slots.take(), serving } : undefined;
    sandbox = await from.create(grant, specOf(network), door);
    await start(sandbox);
  });
  const again = await timed(() => start(sandbox));
  const disposed = await timed(() => sandbox.dispose());
  return { ms, again, disposed };
}

const BARE = ['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--unshare-all', '--', 'true'];
const samples = { plain: [], bare: [], noNet: [], net: [], noNetCold: [], netCold: [], again: [], dispose: [] };

await backend.warm();
await bare(BARE);
const until = performance.now() + BUDGET_MS;
for (let round = 0; round < ROUNDS && performance.now() < until; round += 1) {
  // What is made ahead of need is made between the turns, as on a machine that is not asked all the time.
  await backend.warm();
  samples.plain.push(await timed(() => bare(['true'])));
  samples.bare.push(await timed(() => bare(BARE)));
  const plain = await sandboxed(backend, 'none');
  samples.noNet.push(plain.ms);
  samples.again.push(plain.again);
  samples.dispose.push(plain.disposed);
  await backend.warm();
  samples.bare.push(await timed(() => bare(BARE)));
  samples.net.push((await sandboxed(backend, 'door')).ms);
  if (round % 4 !== 0) continue;
  samples.noNetCold.push((await sandboxed(cold, 'none')).ms);
  samples.netCold.push((await sandboxed(cold, 'door')).ms);
}

const together = performance.now();
await Promise.all(Array.from({ length: PARALLEL }, () => sandboxed(backend, 'none')));
const perSecond = (2 * PARALLEL * 1_000) / (performance.now() - together);

await backend.close();
await cold.close();
rmSync(workspace, { recursive: true, force: true });

const quantile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const p50 = Object.fromEntries(Object.entries(samples).map(([name, list]) => [name, quantile(list, 0.5)]));
for (const [name, list] of Object.entries(samples))
  console.error(
    `${name.padEnd(10)} p50 ${quantile(list, 0.5).toFixed(1)} ms, p90 ${quantile(list, 0.9).toFixed(1)} ms, ${list.length} samples`,
  );

const ratio = (value) => Math.round((value / p50.bare) * 100) / 100;
const ratios = {
  bwrapNoNet: ratio(p50.noNet),
  bwrapNet: ratio(p50.net),
  bwrapNoNetP90: Math.round((quantile(samples.noNet, 0.9) / quantile(samples.bare, 0.9)) * 100) / 100,
  bwrapNetP90: Math.round((quantile(samples.net, 0.9) / quantile(samples.bare, 0.9)) * 100) / 100,
  bwrapNoNetCold: ratio(p50.noNetCold),
  bwrapNetCold: ratio(p50.netCold),
  secondCommand: ratio(p50.again),
  plainSpawn: ratio(p50.plain),
  bareMs: Math.round(p50.bare * 100) / 100,
  disposeMs: Math.round(p50.dispose * 100) / 100,
  commandsPerSecond: Math.round(perSecond),
};
console.error(held ? 'as root' : 'without root');
console.log(JSON.stringify({ bench: 'exec', node: process.versions.node, ratios }));
