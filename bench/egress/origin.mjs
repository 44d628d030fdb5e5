// An origin over TLS that answers at once: `/big?bytes=N` sends that many, everything else two bytes. node origin.mjs
import { createServer } from 'node:https';
import { certificateFor } from './certificate.mjs';

const PIECE = Buffer.alloc(256 * 1024, 'x');
const { key, cert, root } = certificateFor('origin.test');

const server = createServer({ key, cert }, (req, res) => {
  const url = new URL(req.url, 'https://origin.test');
  if (url.pathname !== '/big') {
    res.writeHead(200, { 'content-length': 2 }).end('ok');
    return;
  }
  let left = Number(url.searchParams.get('bytes'));
  res.writeHead(200, { 'content-length': left });
  const more = () => {
    while (left > 0) {
      const piece = left >= PIECE.length ? PIECE : PIECE.subarray(0, left);
      left -= piece.length;
      if (!res.write(piece)) {
        res.once('drain', more);
        return;
      }
    }
    res.end();
  };
  more();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, root })));
