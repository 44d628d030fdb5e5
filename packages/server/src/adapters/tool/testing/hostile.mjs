// A legacy server over standard streams that misbehaves on demand: `node hostile.mjs`, tools named after what they do.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (id, value) => send({ id, result: { content: [{ type: 'text', text: String(value) }] } });
let cancelled = 0;
let asked = 1000;

const TOOLS = {
  echo: (id, args) => text(id, JSON.stringify(args)),
  pid: (id) => text(id, process.pid),
  env: (id) => text(id, JSON.stringify(process.env)),
  cancelled: (id) => text(id, cancelled),
  silence: () => undefined,
  exit: () => process.exit(3),
  large: (id, { bytes }) => text(id, 'x'.repeat(bytes)),
  line: (id, { bytes }) => process.stdout.write('y'.repeat(bytes)),
  deep: (id) => process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":${'['.repeat(100000)}${']'.repeat(100000)}}\n`),
  twice: (id) =>
    process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"content":[{"type":"text","text":"b"}]}}\n`),
  stray: (id) => {
    process.stdout.write('a log line that does not belong here\n');
    text(id, 'after');
  },
  chatter: (id) => {
    for (let i = 0; i < 40; i += 1) process.stdout.write(`log ${i}\n`);
    text(id, 'after');
  },
  mismatch: () => text(999_999, 'for somebody else'),
  shape: (id) => send({ id, result: { nothing: true } }),
  slow: () => setInterval(() => process.stdout.write('z'), 1000),
  stderr: (id) => {
    process.stderr.write(`using ${process.env.KEY}\n`);
    text(id, process.env.KEY);
  },
  fork: (id, { file }) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    writeFileSync(file, String(child.pid));
    text(id, child.pid);
    setTimeout(() => process.exit(0), 50);
  },
  sampling: (id) => {
    asked += 1;
    pending.set(asked, (answer) => text(id, JSON.stringify(answer.error)));
    send({ id: asked, method: 'sampling/createMessage', params: { messages: [] } });
  },
  ask: (id, { mode }) => {
    asked += 1;
    pending.set(asked, (answer) => text(id, JSON.stringify(answer.result ?? answer.error)));
    send({
      id: asked,
      method: 'elicitation/create',
      params: { mode, message: 'Who?', requestedSchema: { type: 'object', properties: {} } },
    });
  },
  ping: (id) => {
    asked += 1;
    pending.set(asked, (answer) => text(id, JSON.stringify(answer.result)));
    send({ id: asked, method: 'ping' });
  },
  url: (id) =>
    send({
      id,
      error: {
        code: -32042,
        message: 'open',
        data: { elicitations: [{ mode: 'url', elicitationId: 'e1', url: 'https://example.com/a', message: 'Sign in' }] },
      },
    }),
  changed: (id) => {
    for (let i = 0; i < 50; i += 1) send({ method: 'notifications/tools/list_changed' });
    text(id, 'told');
  },
};
const pending = new Map();

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) return pending.get(id)?.({ result, error });
  if (method === 'initialize')
    return send({
      id,
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'hostile', version: '0' },
      },
    });
  if (method === 'tools/list')
    return send({ id, result: { tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: 'object' } })) } });
  if (method === 'notifications/cancelled') cancelled += 1;
  if (method === 'tools/call') return TOOLS[params.name](id, params.arguments);
  if (id !== undefined) return send({ id, error: { code: -32601, message: 'Method not found' } });
  return undefined;
});
if (process.argv[2] !== 'stubborn') process.stdin.on('end', () => process.exit(0));
else process.on('SIGTERM', () => undefined);
