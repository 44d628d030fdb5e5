// Between the suite and the door: adds the agent's key, which the suite cannot send, and renames what the door had to rename. It passes on
// everything else as it came, header lines in their spelling included.
import { createServer, request } from 'node:http';

const OWN = new Set(['connection', 'content-length', 'transfer-encoding', 'authorization', 'keep-alive']);

/** @param target `{ port, path, headers }` of the door @returns `{ url, close }` */
export async function openLens(target, names) {
  const server = createServer(
    (req, res) => void pass(req, res, { target, names, own: server.address().port }).catch(() => res.destroy()),
  );
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}${target.path}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function pass(req, res, { target, names, own }) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = renamed(Buffer.concat(chunks), names);
  // An origin of the suite's address means the door's.
  const here = (value) => value.replaceAll(new RegExp(`(?:localhost|127\\.0\\.0\\.1):${own}`, 'g'), `127.0.0.1:${target.port}`);
  const headers = [];
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const [name, value] = [req.rawHeaders[at], req.rawHeaders[at + 1]];
    const lower = name.toLowerCase();
    if (!OWN.has(lower)) headers.push(name, lower === 'mcp-name' ? names.header(value) : here(value));
  }
  headers.push('authorization', target.headers.authorization, 'content-length', String(body.length));
  const out = request({ host: '127.0.0.1', port: target.port, path: req.url, method: req.method, headers }, (answer) => {
    answer.on('error', () => res.destroy());
    void relay(answer, res, names).catch(() => res.destroy());
  });
  out.on('error', () => res.destroy());
  // Closing a stream is how a client of the newer era cancels.
  res.on('close', () => out.destroy());
  out.end(body);
}

function renamed(raw, names) {
  try {
    const message = JSON.parse(raw.toString('utf8'));
    const other = names.request(message);
    return other === message ? raw : Buffer.from(JSON.stringify(other));
  } catch {
    return raw;
  }
}

async function relay(answer, res, names) {
  const { 'content-length': _length, 'transfer-encoding': _encoding, connection: _connection, ...headers } = answer.headers;
  res.writeHead(answer.statusCode, headers);
  res.flushHeaders();
  let rest = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    rest += chunk;
    const end = rest.lastIndexOf('\n') + 1;
    if (end > 0) res.write(names.answer(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  res.end(names.answer(rest));
}
