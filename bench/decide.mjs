// How long a decision takes, and how that compares with cedar-wasm in the same run: npm run bench:decide [-- --quick]
// Ours is the whole of it: schema check of arguments and facts, overlay entities, all layers, merge. Every answer that is timed was first
// compared with cedar-wasm's; one mismatch ends the run.
import { cpus } from 'node:os';
import { compileBundle, decide } from '@countersign/kernel/decide';
import { clockUs, quietRound, round, timesOf } from './decide/measure.mjs';
import { ACTION_COUNT, entities, policyTexts, requests, SCHEMA } from './decide/model.mjs';
import { estOf, isEnforced, schemaJson, WasmWorld } from './decide/wasm.mjs';

const isQuick = process.argv.includes('--quick');
const SIZES = [100, 1000, 5000];
const REQUESTS = isQuick ? 400 : 2000;
const OURS = isQuick ? 40_000 : 200_000;
/** Time for cedar-wasm's calls per size, in milliseconds. */
const WASM_MS = isQuick ? 1800 : 8000;
const COMPARED = isQuick ? 120 : 1000;
const ROUNDS = 20;
/** Calls in one round of cedar-wasm's, which are few and long. */
const WASM_ROUND = 5;

const log = (line) => process.stderr.write(`${line}\n`);
const sorted = (list) => JSON.stringify([...list].sort((a, b) => (a < b ? -1 : 1)));

function sourceOf(count, schema) {
  const policies = policyTexts(count).map((text, at) => {
    const est = estOf(text);
    return { id: est.annotations.id, text, est, file: 'policies/bench.cedar', line: at + 1 };
  });
  return { revision: `bench-${count}`, language: '4.5', schema, policies, entities: entities() };
}

/** Fails loudly when the two do not say the same: allow or not, the deciding policies, the failing ones. */
function compare(bundle, layers, wasm, input) {
  const ours = decide(bundle, input.facts, input.request);
  const theirs = wasm.stateful(wasm.call(input));
  const { reason, errors } = theirs.diagnostics;
  const failing = errors.map(({ policyId }) => policyId);
  const differ = (what) => {
    throw new Error(`Mismatch (${what}): ${JSON.stringify({ input, ours, theirs })}`);
  };
  if (ours.code.startsWith('request.') || ours.code === 'kernel.fault') differ('not evaluated');
  if (sorted(failing) !== sorted(ours.errors.map(({ policy }) => policy))) differ('errors');
  if (failing.length > 0) return;
  if ((theirs.decision === 'allow') !== (ours.answer === 'allow')) differ('decision');
  const layer = { limit: 'limit', gate: 'gate' }[layers.get(ours.policies[0])] ?? 'access';
  const deciding = ours.code === 'default.no-permit' ? [] : reason.filter((id) => layers.get(id) === layer);
  if (sorted(deciding) !== sorted(ours.policies)) differ('policies');
}

function medianFor(ms, inputs, call) {
  const [first] = timesOf(inputs, 1, call);
  const count = Math.max(2 * WASM_ROUND, Math.min(inputs.length, Math.floor((ms * 1000) / first)));
  return quietRound(inputs, { rounds: Math.floor(count / WASM_ROUND), perRound: WASM_ROUND }, call).p50;
}

function run(count, schema, clock) {
  const source = sourceOf(count, schema);
  const inputs = requests(
    REQUESTS,
    source.policies.map(({ text }) => text),
  );
  const before = performance.now();
  const bundle = compileBundle(source);
  const compileMs = performance.now() - before;
  const layers = new Map(source.policies.filter(({ est }) => isEnforced(est)).map(({ id, est }) => [id, est.annotations.layer]));
  const wasm = new WasmWorld(schema, source.policies, source.entities);
  for (const input of inputs.slice(0, COMPARED)) compare(bundle, layers, wasm, input);
  const answers = {};
  for (const input of inputs) {
    const { answer } = decide(bundle, input.facts, input.request);
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
  const groupsOf = (action) => (schema.Bench.actions[action].memberOf ?? []).map(({ id }) => ({ type: 'Bench::Action', id }));
  const calls = inputs.map((input) => wasm.call(input));
  const naiveCalls = calls.map((call) => wasm.naiveCall(call, groupsOf(call.action.id)));
  for (const [at, call] of naiveCalls.slice(0, 5).entries()) {
    if (wasm.naive(call).decision !== wasm.stateful(calls[at]).decision)
      throw new Error('Mismatch: the naive call answers differently');
  }
  const ask = ({ facts, request }) => decide(bundle, facts, request);
  timesOf(inputs, Math.min(20_000, OURS), ask);
  const quiet = quietRound(inputs, { rounds: ROUNDS, perRound: OURS / ROUNDS }, ask);
  const p50 = Math.max(0.001, quiet.p50 - clock);
  const p99 = Math.max(0.001, quiet.p99 - clock);
  const naive = medianFor(WASM_MS, naiveCalls, (call) => wasm.naive(call));
  const stateful = medianFor(WASM_MS / 2, calls, (call) => wasm.stateful(call));
  return { count, compileMs, answers, p50, p99, naive, stateful };
}

const schema = schemaJson(SCHEMA);
const clock = clockUs();
log(
  `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${ACTION_COUNT} actions, ${REQUESTS} requests, ${entities().length} entities`,
);
log('policies  naive us  stateful us   ours p50   ours p99   naive/ours  stateful/ours  p99/p50  compile ms  answers');
const ratios = {};
for (const count of SIZES) {
  const { naive, stateful, p50, p99, compileMs, answers } = run(count, schema, clock);
  const cells = [
    count,
    round(naive),
    round(stateful),
    round(p50),
    round(p99),
    round(naive / p50),
    round(stateful / p50),
    round(p99 / p50),
    round(compileMs),
  ];
  const widths = [8, 10, 13, 11, 11, 13, 15, 9, 12];
  log(`${cells.map((cell, at) => String(cell).padStart(widths[at])).join('')}  ${JSON.stringify(answers)}`);
  Object.assign(ratios, {
    [`naive${count}`]: round(naive / p50),
    [`stateful${count}`]: round(stateful / p50),
    [`p50us${count}`]: round(p50),
    [`p99us${count}`]: round(p99),
    [`p99over50at${count}`]: round(p99 / p50),
  });
}
process.stdout.write(`${JSON.stringify({ bench: 'decide', ratios })}\n`);
