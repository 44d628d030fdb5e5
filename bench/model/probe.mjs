// The first look at every gateway: an answer and a stream, read as a client would. A gateway that answers wrongly is fast for nothing.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { chatBody } from './body.mjs';
import { FORMATS, USAGE } from './formats.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const START_MS_MAX = 20_000;

function opens(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Waits until somebody listens. @throws Error when the program ended, or takes too long */
export async function untilOpen(port, started, name) {
  let ended = false;
  void started.exited.then(() => {
    ended = true;
  });
  for (const from = performance.now(); !(await opens(port)); await wait(25)) {
    if (ended) throw new Error(`${name} ended while starting: ${started.stderr.trim()}`);
    if (performance.now() - from > START_MS_MAX)
      throw new Error(`${name} does not listen after ${START_MS_MAX} ms: ${started.stderr.trim()}`);
  }
}

export function call(target, body, method = 'POST') {
  return new Promise((resolve, reject) => {
    const options = {
      port: target.port,
      host: '127.0.0.1',
      method,
      path: target.path,
      agent: false,
      headers: { 'content-type': 'application/json', ...target.headers },
    };
    const sent = httpRequest(options, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString('utf8') }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function expectThat(holds, gateway, what, text) {
  if (!holds) throw new Error(`${gateway.name}: ${what}: ${text.slice(0, 600)}`);
}

const usageHolds = (usage) => usage?.prompt_tokens === USAGE.input && usage?.completion_tokens === USAGE.output;

async function lookAtAnswer(gateway, format, headers) {
  const { status, text } = await call({ ...gateway.target(format), ...headers }, chatBody('mock', 2_000));
  expectThat(status === 200, gateway, `status ${status}`, text);
  const answer = JSON.parse(text);
  expectThat(answer.choices?.[0]?.message?.content?.includes('bounds check'), gateway, 'another text', text);
  expectThat(usageHolds(answer.usage), gateway, 'another usage', text);
}

async function lookAtStream(gateway, format) {
  const { status, text } = await call(gateway.target(format), chatBody('mock-s100', 2_000, { stream: true }));
  expectThat(status === 200, gateway, `status ${status} on a stream`, text);
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  expectThat(events.at(-1) === 'data: [DONE]', gateway, 'a stream without its end', text.slice(-600));
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
  const stamps = chunks.filter((chunk) => /^[a-j]{19} $/.test(chunk.choices?.[0]?.delta?.content ?? ''));
  expectThat(stamps.length === 100, gateway, `${stamps.length} of 100 chunks`, text);
  expectThat(usageHolds(chunks.findLast((chunk) => chunk.usage)?.usage), gateway, 'another usage on a stream', text.slice(-600));
}

/** @throws Error that says what differs */
export async function firstLook(gateway) {
  const [chat] = FORMATS;
  await lookAtAnswer(gateway, chat);
  await lookAtStream(gateway, chat);
}
