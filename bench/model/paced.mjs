// Open loop: requests start on schedule whatever the answers do. Reads the stamps in streamed chunks. A process of its own; the job is
// JSON on stdin, the result JSON on stdout. A start that comes late says more about this machine than about the gateway: it is left
// out, and counted.
import { connect } from 'node:net';
import { Answer, quantile, readJob, requestBytes } from './wire.mjs';

const LATE_MS_MAX = 20;
// In quotes: an id in a header may hold as many digits in a row by chance.
const STAMP = /"([a-j]{19}) "/g;
const STAMP_CHARACTERS = 22;
const digits = (letters) => letters.replace(/[a-j]/g, (letter) => String(letter.charCodeAt(0) - 97));

const job = await readJob();
const { target, body, perSecond, seconds, warmSeconds, chunks } = job;
const { bytes } = requestBytes(target, body);

const idle = [];
const first = [];
const delays = [];
const totals = [];
let late = 0;
let latestMs = 0;
let open = 0;
let bad = 0;
let firstBad;

function fail(reason) {
  bad += 1;
  firstBad ??= reason;
}

function dial() {
  const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
  const line = { socket, answer: new Answer(), call: undefined, rest: '' };
  socket.on('data', (data) => receive(line, data));
  socket.on('error', (error) => line.call && finish(line, error.code ?? error.message));
  socket.on('close', () => {
    if (line.call) finish(line, 'the connection was closed');
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
  });
  return line;
}

function readStamps(line, data) {
  const now = process.hrtime.bigint();
  const text = line.rest + data.toString('latin1');
  let end = 0;
  for (const match of text.matchAll(STAMP)) {
    end = match.index + STAMP_CHARACTERS;
    const delayMs = Number(now - BigInt(digits(match[1]))) / 1e6;
    line.call.seen += 1;
    if (line.call.seen === 1) line.call.firstMs = performance.now() - line.call.due;
    if (line.call.counted) delays.push(delayMs);
  }
  // A stamp may be cut by the end of a packet: its digits so far are kept, whole ones never.
  line.rest = text.slice(Math.max(end, text.length - STAMP_CHARACTERS + 1));
}

function receive(line, data) {
  if (!line.call) return;
  if (chunks > 0) readStamps(line, data);
  let complete;
  try {
    complete = line.answer.feed(data);
  } catch (error) {
    return finish(line, error.message);
  }
  if (!complete) return;
  if (line.answer.status !== 200) return finish(line, `status ${line.answer.status}: ${data.toString('utf8', 0, 300)}`);
  finish(line, line.call.seen === chunks ? undefined : `${line.call.seen} chunks`);
}

function finish(line, reason) {
  const { call } = line;
  line.call = undefined;
  open -= 1;
  if (reason !== undefined) {
    fail(reason);
    return line.socket.destroy();
  }
  if (call.counted) {
    totals.push(performance.now() - call.due);
    if (chunks > 0) first.push(call.firstMs);
  }
  idle.push(line);
}

function start(due, counted) {
  const lateMs = performance.now() - due;
  latestMs = Math.max(latestMs, lateMs);
  const inTime = lateMs <= LATE_MS_MAX;
  if (counted && !inTime) late += 1;
  const line = idle.pop() ?? dial();
  line.answer.reset();
  line.rest = '';
  // A timer may fire a little early: latency is counted from the schedule, or from the start where that came first.
  line.call = { due: Math.min(due, performance.now()), counted: counted && inTime, seen: 0, firstMs: 0 };
  open += 1;
  line.socket.write(bytes);
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const starts = Math.round(perSecond * (warmSeconds + seconds));
const warmStarts = Math.round(perSecond * warmSeconds);
const origin = performance.now() + 50;
for (let at = 0; at < starts; at += 1) {
  const due = origin + (at * 1000) / perSecond;
  const ahead = due - performance.now();
  if (ahead > 0) await wait(ahead);
  if (at === warmStarts) console.log(JSON.stringify({ phase: 'measure' }));
  start(due, at >= warmStarts);
}
const patience = performance.now() + 10_000;
while (open > 0 && performance.now() < patience) await wait(5);
if (open > 0) fail(`${open} calls without an end`);

const spread = (values) => {
  values.sort((a, b) => a - b);
  return { count: values.length, p50: quantile(values, 0.5), p90: quantile(values, 0.9), p99: quantile(values, 0.99) };
};
console.log(
  JSON.stringify({
    phase: 'done',
    starts: starts - warmStarts,
    late,
    latestMs,
    bad,
    firstBad,
    total: spread(totals),
    first: spread(first),
    chunk: spread(delays),
  }),
);
process.exit(0);
