// One measurement of one gateway: the load runs in a process of its own, the processor time is read around the counted part.
import { resolve } from 'node:path';
import { chatBody } from './body.mjs';
import { FORMATS } from './formats.mjs';
import { CPU, cpuMs, nextJson, startNode, stop } from './machine.mjs';

const SATURATE = resolve(import.meta.dirname, 'saturate.mjs');
const PACED = resolve(import.meta.dirname, 'paced.mjs');
const CONNECTIONS = 32;
/** Starts that came late are left out; with more than this share of them the machine was too busy to say anything. */
const LATE_SHARE_MAX = 0.1;

const [chat] = FORMATS;

async function drive(gateway, program, job) {
  const load = startNode(CPU.rest, [program], { input: JSON.stringify({ target: gateway.target(chat), ...job }) });
  try {
    await nextJson(load, 'the load');
    const spent = () => (gateway.started === undefined ? { own: 0, database: 0 } : cpuMs(gateway.started.pid, gateway.database));
    const before = spent();
    const result = await nextJson(load, 'the load');
    const after = spent();
    if (result.bad > 0) throw new Error(`${gateway.name}: ${result.bad} calls failed, the run is void: ${result.firstBad}`);
    return { ...result, cpuMs: after.own - before.own, databaseMs: after.database - before.database };
  } finally {
    await stop(load);
  }
}

const perCall = (ms, calls) => (ms * 1000) / Math.max(1, calls);

/** @returns rps, CPU in us a request of the gateway and of its database, latencies in ms */
export async function saturate(gateway, { bytes, model = 'mock', seconds, warmSeconds, cold = false }) {
  const body = chatBody(model, bytes, { stream: model.includes('-s') });
  const result = await drive(gateway, SATURATE, { body, connections: CONNECTIONS, seconds, warmSeconds, cold });
  return {
    rps: result.rps,
    cpuUs: perCall(result.cpuMs, result.done),
    databaseUs: perCall(result.databaseMs, result.done),
    p50: result.p50,
    p99: result.p99,
  };
}

/** At a fixed rate: latencies in ms over the schedule; with `chunks`, time to the first one and delay of each. */
export async function paced(gateway, { bytes = 2_000, model = 'mock', chunks = 0, perSecond, seconds, warmSeconds }) {
  const body = chatBody(model, bytes, { stream: chunks > 0 });
  const result = await drive(gateway, PACED, { body, perSecond, seconds, warmSeconds, chunks });
  if (result.late > LATE_SHARE_MAX * result.starts)
    throw new Error(
      `the machine was too busy: ${result.late} of ${result.starts} requests started late, up to ${result.latestMs.toFixed(0)} ms; the run is void`,
    );
  return { ...result, cpuUs: perCall(result.cpuMs, result.starts) };
}
