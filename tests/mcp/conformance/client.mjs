// Our upstream client as the suite drives it: node client.mjs URL, with the scenario's name in the environment. It does what the door would do with the
// server: takes its offer, calls what it may call, and answers questions with what the form suggests.
import { claimMint } from '../../../packages/server/dist/ports/grant.js';
import { createToolUpstreams } from '../../../packages/server/dist/adapters/tool/index.js';

const url = process.argv[2].replace(/\/$/, '');
const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_CONTEXT } = process.env;
const context = MCP_CONFORMANCE_CONTEXT === undefined ? {} : JSON.parse(MCP_CONFORMANCE_CONTEXT);
const ACTION = 'tool.read';
const ROUNDS_MAX = 8;

const grant = claimMint()({
  id: 'gra_1',
  decision: 'dec_1',
  org: 'org',
  action: ACTION,
  agent: 'agent',
  resource: { type: 'Countersign::Tool', id: 'suite/any' },
  mandate: null,
  obligations: [],
  expiresAt: Date.now() + 60_000,
});

const server = {
  id: 'suite',
  title: 'The suite',
  owner: 'team:platform',
  environment: 'dev',
  transport: { kind: 'http', url, privateAddresses: true },
  credentials: [],
  teams: [],
  environments: [],
  useCases: [],
  dataClass: 'public',
  maxDataClass: 'public',
  taints: [],
  expose: 'all',
  operations: [],
  concurrency: 8,
  queueMs: 5_000,
  timeoutMs: 20_000,
  argumentBytesMax: 262_144,
  resultBytesMax: 4_194_304,
  ratePerMinute: null,
  elicitation: true,
  elicitationHosts: [],
  sampling: false,
  roots: false,
  enabled: true,
};

const note = (event, fields) => process.stderr.write(`${event} ${JSON.stringify(fields ?? {})}\n`);

const upstreams = createToolUpstreams({
  clock: { now: Date.now },
  environment: process.env,
  log: { info: () => undefined, warn: note, error: note },
  version: '0.0.0',
  random: Math.random,
  inProcess: {
    offer: () => Promise.reject(new Error('nothing runs in this process')),
    call: () => Promise.resolve({ kind: 'error', code: -32601, message: 'nothing runs in this process' }),
  },
});

/** A user who accepts what the form suggests. */
const answerTo = ({ params }) => {
  const properties = Object.entries(params?.requestedSchema?.properties ?? {});
  const known = properties.flatMap(([name, { default: value, type }]) =>
    value === undefined ? (type === 'boolean' ? [[name, true]] : []) : [[name, value]],
  );
  return { action: 'accept', content: Object.fromEntries(known) };
};

async function send(method, params) {
  let resume;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const reply = await upstreams.call(
      grant,
      {
        server,
        method,
        params,
        action: ACTION,
        binding: 'agent',
        capabilities: { elicitation: { form: {} } },
        progress: false,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        timeoutMs: server.timeoutMs,
        resultBytesMax: server.resultBytesMax,
        retries: 0,
        signal: new AbortController().signal,
        ...(resume === undefined ? {} : { resume }),
      },
      { progress: () => undefined, message: () => undefined },
    );
    if (reply.kind !== 'input') return reply;
    const answers = Object.entries(reply.requests).map(([key, question]) => [key, answerTo(question)]);
    resume = { inputResponses: Object.fromEntries(answers), state: reply.state };
  }
  throw new Error('the server never stops asking');
}

/** Arguments that fit the schema well enough for a server that only looks at how they arrive. */
const argumentsFor = ({ inputSchema }) =>
  Object.fromEntries(
    Object.entries(inputSchema?.properties ?? {}).map(([name, { type }]) => [
      name,
      type === 'number' || type === 'integer' ? 5 : type === 'boolean' ? true : 'text',
    ]),
  );

const given = new Map((context.toolCalls ?? []).map(({ name, arguments: args }) => [name, args]));

try {
  const offer = await upstreams.offer(server, AbortSignal.timeout(15_000));
  const replies = await Promise.all(
    offer.tools.map((tool) => send('tools/call', { name: tool.name, arguments: given.get(tool.name) ?? argumentsFor(tool) })),
  );
  for (const prompt of offer.prompts) await send('prompts/get', { name: prompt.name });
  for (const resource of offer.resources) await send('resources/read', { uri: resource.uri });
  for (const reply of replies) if (reply.kind === 'failed') note('failed', reply.failure);
} catch (thrown) {
  process.stderr.write(`${scenario}: ${thrown.internalText ?? thrown.message}\n`);
  process.exitCode = 1;
} finally {
  await upstreams.close();
}
