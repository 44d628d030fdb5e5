// Closed loop: every connection sends its next request when its answer is complete. A process of its own; the job is JSON on stdin,
// the result JSON on stdout.
import { connect } from 'node:net';
import { noncePlaces, nonceText } from './body.mjs';
import { Answer, quantile, readJob, requestBytes } from './wire.mjs';

const job = await readJob();
const { target, body, connections, seconds, warmSeconds, cold } = job;

const template = requestBytes(target, body);
const places = cold ? noncePlaces(template.bytes) : [];
const latencies = [];
let counting = false;
let stopped = false;
let answered = 0;
let done = 0;
let bad = 0;
let firstBad;
let sequence = process.pid * 1_000_000;

/** The bytes of the next request; cold ones are the template with new numbers in every string. */
function nextBytes(own) {
  if (!cold) return template.bytes;
  for (const at of places) {
    sequence += 1;
    own.write(nonceText(sequence), at, 'latin1');
  }
  return own;
}

function fail(reason) {
  bad += 1;
  firstBad ??= reason;
}

function run() {
  const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
  const answer = new Answer();
  // A copy per connection: the kernel may still be reading it while another connection writes its own.
  const own = Buffer.from(template.bytes);
  let sentAt = 0;
  const send = () => {
    if (stopped) return socket.destroy();
    answer.reset();
    sentAt = performance.now();
    socket.write(nextBytes(own));
  };
  socket.on('connect', send);
  socket.on('data', (data) => {
    try {
      if (!answer.feed(data)) return;
    } catch (error) {
      fail(error.message);
      return socket.destroy();
    }
    answered += 1;
    if (answer.status < 200 || answer.status > 299) fail(`status ${answer.status}: ${data.toString('utf8', 0, 300)}`);
    else if (counting) {
      done += 1;
      latencies.push(performance.now() - sentAt);
    }
    send();
  });
  socket.on('error', (error) => stopped || fail(error.code ?? error.message));
  socket.on('close', () => stopped || (fail('the connection was closed'), setTimeout(run, 10)));
}

for (let at = 0; at < connections; at += 1) run();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Until it gets no faster: a gateway whose code is still being compiled is measured when it is warm, and one that is warm at once waits for
// nobody. At most `warmSeconds`.
const WINDOW_MS = 500;
const FASTER = 1.04;
for (let at = 0, best = 0, still = 0; at < warmSeconds * 1000 && still < 2; at += WINDOW_MS) {
  const before = answered;
  await wait(Math.min(WINDOW_MS, warmSeconds * 1000 - at));
  const now = answered - before;
  still = now > best * FASTER ? 0 : still + 1;
  best = Math.max(best, now);
}
console.log(JSON.stringify({ phase: 'measure' }));
counting = true;
const from = performance.now();
await wait(seconds * 1000);
counting = false;
const elapsed = (performance.now() - from) / 1000;
stopped = true;
latencies.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    phase: 'done',
    done,
    bad,
    firstBad,
    rps: done / elapsed,
    elapsed,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  }),
);
process.exit(0);
