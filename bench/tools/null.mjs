// A tool server that does nothing: the newer era by hand, so that whoever stands in front of it is what is measured. node null.mjs
import { createServer } from 'node:http';

const TOOL = {
  name: 'echo',
  description: 'Gives back what it was given.',
  inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  annotations: { readOnlyHint: true, idempotentHint: true, destructiveHint: false, openWorldHint: false },
};
const HINT = { resultType: 'complete', ttlMs: 3_600_000, cacheScope: 'private' };
const ANSWERS = {
  'server/discover': () => ({
    ...HINT,
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    serverInfo: { name: 'null', version: '1' },
  }),
  'tools/list': () => ({ ...HINT, tools: [TOOL] }),
  'tools/call': ({ arguments: args }) => ({ resultType: 'complete', content: [{ type: 'text', text: args?.message ?? '' }] }),
};

const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const send = (status, value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
    };
    if (req.method !== 'POST') return send(405, {});
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = ANSWERS[method];
    if (answer === undefined)
      return send(404, { jsonrpc: '2.0', id, error: { code: -32601, message: 'There is no such method.' } });
    send(200, { jsonrpc: '2.0', id, result: answer(params ?? {}) });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
