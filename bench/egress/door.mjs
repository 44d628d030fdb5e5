// The network door in a process of its own, with a gate that says yes: what is measured is the wire, not the road. Its terms come on stdin as JSON:
// { rules, names, roots, listed }. `listed` hosts may be dialled wherever they are: a package mirror may stand at an address of no public kind.
import { connect as connectTcp, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createEgressAuthority, createEgressUpstream } from '../../packages/server/dist/adapters/egress/index.js';
import { createNetworkDoor } from '../../packages/server/dist/gateway/egress/index.js';
import { mintGrant } from '../../packages/server/dist/govern/mint.js';

const clock = { now: () => Date.now() };

async function readTerms() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

const terms = await readTerms();
const checked = createEgressUpstream({
  clock,
  extraRoots: terms.roots,
  ...(terms.names === undefined ? {} : { resolve: async (host) => terms.names[host] ?? [] }),
});

const opened = (socket, event) =>
  new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket));
    socket.once('error', reject);
  });

async function plainConnect({ host, port, tls }) {
  const socket = connectTcp({ host, port, noDelay: true });
  await opened(socket, 'connect');
  const address = socket.remoteAddress;
  if (!tls) return { socket, address };
  return { socket: await opened(connectTls({ socket, servername: host, ca: terms.roots }), 'secureConnect'), address };
}

const upstream = {
  connect: async (grant, target, signal) => {
    const answer = await checked.connect(grant, target, signal);
    return answer.code === 'egress.address' && terms.listed?.includes(target.host) ? plainConnect(target) : answer;
  },
};

let count = 0;
const denial = (code, message) => ({
  kind: 'policy',
  decision: 'dec_0',
  requestId: 'dec_0',
  code,
  message,
  reasons: [],
  whyNot: [],
});
const gate = {
  decide: async (run, target, rule) => {
    if (rule === undefined) return { ok: false, denial: denial('egress.denied', 'not listed') };
    count += 1;
    const grant = mintGrant({
      id: `grt_${count}`,
      decision: `dec_${count}`,
      org: 'bench',
      action: 'network.connect',
      agent: 'bench',
      resource: { type: 'Host', id: target.host },
      mandate: null,
      obligations: [],
      expiresAt: Number.MAX_SAFE_INTEGER,
    });
    const signal = new AbortController().signal;
    return {
      ok: true,
      passage: { grant, decision: `dec_${count}`, rule, dataClass: 'internal', signal, record: () => undefined },
    };
  },
  refuse: async (_run, { code, message, target }) => {
    console.error(`${code} ${message} ${target?.host ?? ''}`);
    return denial(code, message);
  },
  settle: async () => undefined,
};

const quiet = { info: () => undefined, warn: () => undefined, error: (event, fields) => console.error(event, fields) };
const door = createNetworkDoor({
  gate,
  upstream,
  authority: createEgressAuthority(Buffer.alloc(32, 1), 'bench', clock),
  secrets: { resolve: () => undefined },
  clock,
  log: quiet,
});

const proxy = createServer({ pauseOnConnect: true });
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const rules = terms.rules.map((rule, index) => ({
  id: `rule-${index}`,
  decision: 'allow',
  tls: 'auto',
  private: true,
  websocket: false,
  raw: false,
  why: 'bench',
  uploadBytes: 2 ** 40,
  downloadBytes: 2 ** 40,
  ...rule,
}));
const serving = door.serve(
  { id: 'bench', proxy, close: () => new Promise((resolve) => proxy.close(() => resolve())) },
  {
    caller: { org: 'bench' },
    run: 'run_bench',
    repository: null,
    trace: '0'.repeat(32),
    profile: { name: 'bench', rules, unfamiliar: 'deny', uploadBytes: 1e6, downloadBytes: 1e6, connections: 256 },
  },
);
console.log(JSON.stringify({ port: proxy.address().port, ca: serving.ca }));
