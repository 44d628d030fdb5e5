// Many tool servers in one process, each on a path of its own: node crowd.mjs SERVERS TOOLS. One of them, `/hang`, never answers. Modern era, by hand.
import { createServer } from 'node:http';

const [servers, tools] = process.argv.slice(2).map(Number);
const HINT = { resultType: 'complete', ttlMs: 3_600_000, cacheScope: 'private' };

const toolsOf = (server) =>
  Array.from({ length: tools }, (_, index) => ({
    name: `read_${index}`,
    description: `Reads part ${index} of ${server}.`,
    inputSchema: { type: 'object', properties: { part: { type: 'string', maxLength: 100 } } },
    annotations: { readOnlyHint: true },
  }));

const lists = new Map(Array.from({ length: servers }, (_, index) => [`/s${index}`, toolsOf(`s${index}`)]));

const answerOf = (tools_, { method, params }) => {
  if (method === 'server/discover')
    return {
      ...HINT,
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      serverInfo: { name: 'crowd', version: '1' },
    };
  if (method === 'tools/list') return { ...HINT, tools: tools_ };
  return { resultType: 'complete', content: [{ type: 'text', text: `${params.name} was called` }] };
};

const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const found = lists.get(req.url);
    // The one that hangs keeps its caller waiting for good.
    if (found === undefined) return;
    const message = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: answerOf(found, message) }));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
