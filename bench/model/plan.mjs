// What is measured, in which order: rounds go from gateway to gateway, so that a busy minute of the machine hits all of them.
import { paced, saturate } from './rounds.mjs';
import { median } from './wire.mjs';

// The first body size warms the gateways up: compiled code is worth most of the speed, and needs thousands of calls to come about. Each
// gateway is warmed until it gets no faster, for `warmSeconds` at most.
const FULL = {
  rounds: 3,
  seconds: 4,
  sizes: [
    { bytes: 2_000, warmSeconds: 20 },
    { bytes: 50_000, warmSeconds: 3 },
    { bytes: 500_000, warmSeconds: 3 },
  ],
  rate: 500,
  rateSeconds: 8,
  streams: 50,
  streamWarmSeconds: 3,
  streamSeconds: 10,
};
const QUICK = {
  rounds: 1,
  seconds: 1.2,
  sizes: [
    { bytes: 2_000, warmSeconds: 3.5 },
    { bytes: 50_000, warmSeconds: 0.7 },
  ],
  streams: 50,
  streamWarmSeconds: 0.4,
  streamSeconds: 0.9,
};
const AGAIN_WARM_SECONDS = 0.3;

const sizeName = (bytes) => `${bytes / 1000}k`;
const number = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-').padStart(9);

/** rps by median; CPU by the smallest, since other work on the machine can only add to it. */
const settle = (runs) => ({
  rps: median(runs.map((run) => run.rps)),
  cpuUs: Math.min(...runs.map((run) => run.cpuUs)),
  databaseUs: Math.min(...runs.map((run) => run.databaseUs)),
  p50: median(runs.map((run) => run.p50)),
  p99: median(runs.map((run) => run.p99)),
});

async function saturation({ gateways, plan, warmSeconds: firstWarm, say, key, options }) {
  const runs = new Map(gateways.map((gateway) => [gateway.name, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const gateway of gateways) {
      const warmSeconds = round === 0 ? firstWarm : AGAIN_WARM_SECONDS;
      runs.get(gateway.name).push(await saturate(gateway, { seconds: plan.seconds, warmSeconds, ...options }));
    }
  }
  const settled = {};
  for (const [name, of] of runs) {
    const figures = settle(of);
    settled[name] = figures;
    const store = figures.databaseUs > 0 ? `, database ${figures.databaseUs.toFixed(0)}` : '';
    say(
      `${key.padEnd(14)} ${name.padEnd(12)} ${number(figures.rps, 0)} /s  CPU us ${number(figures.cpuUs, 0)}${store}  p50 ${number(figures.p50, 2)} ms  p99 ${number(figures.p99, 1)} ms`,
    );
  }
  return settled;
}

async function fixedRate({ gateways, direct, plan, say }) {
  const figures = {};
  for (const gateway of [direct, ...gateways]) {
    const { total } = await paced(gateway, { perSecond: plan.rate, seconds: plan.rateSeconds, warmSeconds: 1 });
    figures[gateway.name] = total;
    say(
      `${`${plan.rate}/s`.padEnd(14)} ${gateway.name.padEnd(12)} p50 ${number(total.p50, 2)} ms  p99 ${number(total.p99, 1)} ms`,
    );
  }
  return figures;
}

async function streaming({ gateways, direct, plan, say }) {
  const figures = {};
  for (const gateway of [direct, ...gateways]) {
    const result = await paced(gateway, {
      model: 'mock-s100-p10',
      chunks: 100,
      perSecond: plan.streams,
      seconds: plan.streamSeconds,
      warmSeconds: plan.streamWarmSeconds,
    });
    figures[gateway.name] = { first: result.first, chunk: result.chunk, cpuUs: result.cpuUs };
    say(
      `${'streams'.padEnd(14)} ${gateway.name.padEnd(12)} first p50 ${number(result.first.p50, 2)} p99 ${number(result.first.p99, 1)} ms  chunk p50 ${number(result.chunk.p50, 2)} p90 ${number(result.chunk.p90, 2)} p99 ${number(result.chunk.p99, 2)} ms  CPU us ${number(result.cpuUs, 0)}`,
    );
  }
  return figures;
}

/** @returns figures by kind and gateway */
export async function measure({ gateways, direct, quick, say }) {
  const plan = quick ? QUICK : FULL;
  const figures = { saturation: {}, cold: {}, quick };
  const among = { gateways, plan, say };
  for (const { bytes, warmSeconds } of plan.sizes) {
    const key = sizeName(bytes);
    figures.saturation[key] = await saturation({ ...among, warmSeconds, key, options: { bytes } });
  }
  figures.streams = await streaming({ ...among, direct });
  if (quick) return figures;
  for (const { bytes } of plan.sizes) {
    const key = `${sizeName(bytes)} cold`;
    const once = { ...plan, rounds: 1 };
    figures.cold[sizeName(bytes)] = await saturation({
      ...among,
      plan: once,
      warmSeconds: 1,
      key,
      options: { bytes, cold: true },
    });
  }
  figures.unpaced = await saturation({
    ...among,
    warmSeconds: 1,
    key: 'streams/s',
    options: { bytes: 2_000, model: 'mock-s100' },
  });
  figures.rate = await fixedRate({ ...among, direct });
  return figures;
}
