// The server on 127.0.0.1, both eras on one address: node http.mjs. Its address comes as one JSON line on stdout.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { makeServer } from './server.mjs';

const sessions = new Map();

const tell = (what) => {
  if (what === 'tools') modern.notify.toolsChanged();
  else modern.notify.promptsChanged();
};

const modern = createMcpHandler(() => makeServer(tell), { legacy: 'reject' });
const serveModern = toNodeHandler(modern);

async function open() {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await makeServer().connect(transport);
  return transport;
}

/** An envelope or the header of the newer era decides, even for a method that only the older one has. */
function isLegacy({ headers }, body) {
  if (headers['mcp-session-id'] !== undefined) return true;
  return (
    body?.params?._meta?.['io.modelcontextprotocol/protocolVersion'] === undefined &&
    headers['mcp-protocol-version'] !== '2026-07-28'
  );
}

async function serveLegacy(req, res, body) {
  const id = req.headers['mcp-session-id'];
  if (id === undefined && body?.method === 'initialize') return (await open()).handleRequest(req, res, body);
  const transport = sessions.get(id);
  if (transport !== undefined) return transport.handleRequest(req, res, body);
  res.writeHead(id === undefined ? 400 : 404, { 'content-type': 'application/json' });
  res.end(
    JSON.stringify({ jsonrpc: '2.0', id: body?.id ?? null, error: { code: -32600, message: 'There is no such session.' } }),
  );
}

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const raw = Buffer.concat(chunks).toString('utf8');
  try {
    return raw === '' ? undefined : JSON.parse(raw);
  } catch {
    return raw;
  }
}

const hostFits = localhostHostValidation();
const originFits = localhostOriginValidation();

const server = createServer((req, res) => {
  if (!hostFits(req, res) || !originFits(req, res)) return;
  void bodyOf(req).then(async (body) => {
    const legacy = req.method === 'POST' ? isLegacy(req, body) : req.headers['mcp-session-id'] !== undefined;
    await (legacy ? serveLegacy(req, res, body) : serveModern(req, res, body));
  });
});
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/mcp` })}\n`),
);
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
