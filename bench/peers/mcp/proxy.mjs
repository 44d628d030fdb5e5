// What one writes with the official SDK in an hour: a server of the newer era that hands each call to a client. No identity, no policy, no record.
// node proxy.mjs '{"url": ...}' or '{"command": ..., "args": [...]}'
import { createServer } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';

const upstream = JSON.parse(process.argv[2]);
const client = new Client({ name: 'sdk-proxy', version: '1' }, { versionNegotiation: { mode: 'auto' } });
await client.connect(
  upstream.url === undefined
    ? new StdioClientTransport({ ...upstream, stderr: 'ignore' })
    : new StreamableHTTPClientTransport(new URL(upstream.url)),
);
const { tools } = await client.listTools();

const handler = createMcpHandler(() => {
  const server = new Server({ name: 'sdk-proxy', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', ({ params }) =>
    client.callTool({ name: params.name, arguments: params.arguments ?? {} }),
  );
  return server;
});
const serve = toNodeHandler(handler);
const server = createServer((req, res) => void serve(req, res));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
