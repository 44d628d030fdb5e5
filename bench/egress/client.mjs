// The client: TLS to the origin, directly or through the door, and nothing between it and the socket.
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';

const once = (socket, event) =>
  new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });

/** @param way { port, proxy?, ca } */
async function openPlain({ port, proxy }) {
  const socket = connectTcp({ host: '127.0.0.1', port: proxy ?? port, noDelay: true });
  await once(socket, 'connect');
  if (proxy === undefined) return socket;
  socket.write(`CONNECT origin.test:${port} HTTP/1.1\r\nHost: origin.test:${port}\r\n\r\n`);
  const head = await new Promise((resolve) => socket.once('data', resolve));
  if (!head.toString().startsWith('HTTP/1.1 200')) throw new Error(`CONNECT: ${head.toString().split('\r\n')[0]}`);
  return socket;
}

/** TLS is set up anew each time, without a session of before. */
export async function openSecure(way) {
  const socket = await openPlain(way);
  way.context ??= createSecureContext({ ca: way.ca });
  const secure = connectTls({ socket, servername: 'origin.test', secureContext: way.context, ALPNProtocols: ['http/1.1'] });
  await once(secure, 'secureConnect');
  return secure;
}

const request = ({ port }, path) => `GET ${path} HTTP/1.1\r\nHost: origin.test:${port}\r\n\r\n`;

/** @returns megabytes per second of one body */
export async function throughput(way, bytes) {
  const socket = await openSecure(way);
  const from = performance.now();
  let left;
  const done = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => {
      let body = chunk.length;
      if (left === undefined) {
        const end = chunk.indexOf('\r\n\r\n');
        if (!chunk.toString('latin1', 0, 12).endsWith(' 200')) return reject(new Error(chunk.toString('latin1', 0, 200)));
        left = bytes;
        body -= end + 4;
      }
      left -= body;
      if (left <= 0) resolve();
    });
    socket.on('close', () => reject(new Error(`cut with ${left} bytes missing`)));
  });
  socket.write(request(way, `/big?bytes=${bytes}`));
  await done;
  const seconds = (performance.now() - from) / 1_000;
  socket.destroy();
  return bytes / 1e6 / seconds;
}

/** One after the other on one connection. @returns requests per second */
export async function requests(way, count) {
  const socket = await openSecure(way);
  const from = performance.now();
  for (let index = 0; index < count; index++) {
    socket.write(request(way, '/small'));
    let text = '';
    while (!text.endsWith('\r\n\r\nok'))
      text += (await new Promise((resolve) => socket.once('data', resolve))).toString('latin1');
  }
  const seconds = (performance.now() - from) / 1_000;
  socket.destroy();
  return count / seconds;
}

/** Connections with one request each, eight at a time. @returns connections per second */
export async function connections(way, count) {
  const from = performance.now();
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const socket = await openSecure(way);
      socket.write(request(way, '/small'));
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return count / ((performance.now() - from) / 1_000);
}
