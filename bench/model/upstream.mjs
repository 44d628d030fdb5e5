// The scripted model provider: bare `net`, answers built once. What it does is in the model's name, so any gateway carries it:
// `mock` (one JSON answer), `-s100` (a stream of 100 chunks), `-p10` (a chunk each 10 ms), `-d250` (waits 250 ms), `-e503` (fails).
// Each chunk's text is the monotonic clock in nanoseconds as it is written, 19 digits as letters, and a blank: readers on the same machine
// know its delay, and it reads like the words that models say. Digits without end would be one value that a scanner has to wait for.
import { createServer } from 'node:net';
import { FORMATS, USAGE } from './formats.mjs';

const STAMP_DIGITS = 19;

export const stamp = () => process.hrtime.bigint().toString().padStart(STAMP_DIGITS, '0');

function behaviourOf(model) {
  const number = (letter) => Number(new RegExp(`-${letter}(\\d+)`).exec(model)?.[1] ?? 0);
  return { chunks: number('s'), paceMs: number('p'), delayMs: number('d'), error: number('e') };
}

const JSON_HEAD = (status, length) =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nx-request-id: req_scripted\r\ncontent-length: ${length}\r\n\r\n`;
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_scripted\r\ntransfer-encoding: chunked\r\n\r\n';

/** `a` for 0 to `j` for 9. */
const words = (digits) => digits.replace(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));

const whole = (status, text) => Buffer.from(JSON_HEAD(status, Buffer.byteLength(text)) + text);
const chunked = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const ERROR = whole(
  '503 Service Unavailable',
  JSON.stringify({ error: { message: 'scripted', type: 'server_error', code: null } }),
);
const NOT_FOUND = whole('404 Not Found', JSON.stringify({ error: { message: 'no such path', type: 'invalid_request_error' } }));
const answers = new Map();

function answerOf(format, model) {
  const key = `${format.path} ${model}`;
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = whole('200 OK', JSON.stringify(format.answer(model, USAGE)));
    answers.set(key, answer);
  }
  return answer;
}

/** All chunks at once, or one per pace on an absolute schedule, so that a late timer does not move the ones after it. */
function stream(socket, format, model, { chunks, paceMs }) {
  socket.write(STREAM_HEAD + chunked(format.opening(model)));
  const chunk = () => chunked(format.chunk(model, `${words(stamp())} `));
  const end = () => socket.write(`${chunked(format.closing(model, USAGE))}0\r\n\r\n`);
  if (paceMs === 0) {
    socket.cork();
    for (let sent = 0; sent < chunks; sent += 1) socket.write(chunk());
    end();
    return socket.uncork();
  }
  const started = performance.now();
  let sent = 0;
  const next = () => {
    if (socket.destroyed) return;
    socket.write(chunk());
    sent += 1;
    if (sent === chunks) end();
    else setTimeout(next, Math.max(0, started + sent * paceMs - performance.now()));
  };
  next();
}

function reply(socket, path, body) {
  const format = FORMATS.find((known) => path.endsWith(known.path));
  if (format === undefined) return socket.write(NOT_FOUND);
  const at = body.indexOf('"model":"');
  const model = at < 0 ? '' : body.toString('latin1', at + 9, body.indexOf('"', at + 9));
  const behaviour = behaviourOf(model);
  const act = () => {
    if (behaviour.error > 0) socket.write(ERROR);
    else if (behaviour.chunks > 0) stream(socket, format, model, behaviour);
    else socket.write(answerOf(format, model));
  };
  if (behaviour.delayMs > 0) setTimeout(act, behaviour.delayMs);
  else act();
}

/** Where the body of a chunked request ends; undefined while it is not complete. */
function unchunk(bytes, start) {
  const parts = [];
  let at = start;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (bytes.length < line + 2 + length + 2) return undefined;
    if (length === 0) return { body: Buffer.concat(parts), end: line + 4 };
    parts.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}

/** The first complete request in `bytes`, or undefined. */
function take(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
  const start = headEnd + 4;
  if (/\r\ntransfer-encoding:\s*chunked/i.test(head)) {
    const found = unchunk(bytes, start);
    return found === undefined ? undefined : { path, body: found.body, end: found.end };
  }
  const end = start + Number(/\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? 0);
  return bytes.length < end ? undefined : { path, body: bytes.subarray(start, end), end };
}

function serve(socket) {
  let held = [];
  let size = 0;
  let need = 0;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    held.push(data);
    size += data.length;
    if (size < need) return;
    let bytes = held.length === 1 ? data : Buffer.concat(held);
    for (let request = take(bytes); request !== undefined; request = take(bytes)) {
      reply(socket, request.path, request.body);
      bytes = bytes.subarray(request.end);
    }
    held = bytes.length === 0 ? [] : [bytes];
    size = bytes.length;
    need = declaredEnd(bytes);
  });
}

/** How many bytes a partly received request has in all, so that a large body is not searched again for every packet. */
function declaredEnd(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  return length === undefined ? 0 : headEnd + 4 + Number(length);
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
