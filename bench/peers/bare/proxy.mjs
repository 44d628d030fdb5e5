// The least a proxy can be: `node:http` in front, undici's pool behind, the body buffered, the answer passed through as it comes.
// What a gateway costs beyond this is the price of what it does.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const origin = process.argv[2];
const pool = new Pool(origin, { connections: 256, pipelining: 1 });

function pass(request, response, body) {
  pool.dispatch(
    {
      method: request.method,
      path: request.url,
      headers: { 'content-type': request.headers['content-type'], authorization: 'Bearer scripted' },
      body,
    },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, ...rest } = headers;
        response.writeHead(status, rest);
        response.flushHeaders();
      },
      onResponseData(_controller, chunk) {
        response.write(chunk);
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError(_controller, error) {
        if (response.headersSent) response.destroy(error);
        else response.writeHead(502).end();
      },
    },
  );
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => pass(request, response, parts.length === 1 ? parts[0] : Buffer.concat(parts)));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
