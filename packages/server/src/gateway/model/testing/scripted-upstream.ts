/**
 * A model provider that follows a script: Responses, Chat Completions, Messages and count_tokens over plain HTTP, well behaved or not.
 * The far side of the internet for tests and for the demonstration without a provider's key.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Rendered, type Reply, renderChat, renderMessages, renderResponses } from './answers.ts';

export type Mode =
  | 'normal'
  | 'slow' // events one by one, `delayMs` between them
  | 'bytes' // one byte at a time
  | 'stall' // half of the events, then silence
  | 'cut' // everything but the terminal event, then a clean end
  | 'break' // half of the events, then the connection goes away
  | 'break-inside' // half of the events and a part of the next one
  | 'cut-close' // as `cut`, in a body that only the end of the connection delimits
  | 'linger' // everything, then the connection stays open
  | 'garbage' // events that are no JSON; an answer that is no JSON
  | 'not-http'
  | 'reset' // before any answer
  | 'silent' // no answer at all
  | 'status';

export interface Turn {
  readonly mode?: Mode;
  /** Before the first byte; between events in `slow`. */
  readonly delayMs?: number;
  /** For `status`. */
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly reply?: Reply;
  /** Events to send instead of the rendered ones. */
  readonly events?: readonly string[];
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  /** Parsed body; undefined when it is no JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** True once the caller went away before the answer ended. */
  aborted: boolean;
  /** Done answering, one way or the other. */
  closed: boolean;
}

export type Script = (seen: Seen, index: number) => Turn;

export class ScriptedUpstream {
  readonly seen: Seen[] = [];
  /** Replaced between requests by tests. */
  script: Script;
  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((req, res) => this.#serve(req, res));
    this.#server.keepAliveTimeout = 75_000;
  }

  static async start(script: Script = () => ({})): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream(script);
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Base URL with the version, as providers are configured. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    const chunks: Buffer[] = [];
    req.on('error', () => undefined);
    res.on('error', () => undefined);
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const seen: Seen = {
        method: req.method ?? '',
        url: req.url ?? '',
        rawHeaders: req.rawHeaders,
        headers: req.headers,
        bytes,
        json: jsonOf(bytes),
        aborted: false,
        closed: false,
      };
      res.on('close', () => {
        seen.closed = true;
        seen.aborted = !res.writableFinished;
      });
      const turn = this.script(seen, this.seen.length);
      this.seen.push(seen);
      this.#after(turn.mode === 'slow' ? 0 : (turn.delayMs ?? 0), () => this.#answer(res, seen, turn));
    });
  }

  #after(ms: number, then: () => void): void {
    if (ms === 0) return then();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  #answer(res: ServerResponse, seen: Seen, turn: Turn): void {
    if (res.destroyed) return;
    const { socket } = res;
    switch (turn.mode) {
      case 'reset':
        return void socket?.resetAndDestroy();
      case 'silent':
        return;
      case 'not-http':
        return void socket?.end('this is not HTTP\r\n\r\n');
      case 'status':
        res.writeHead(turn.status ?? 500, { 'content-type': 'application/json', ...turn.headers });
        return void res.end(turn.body ?? JSON.stringify({ error: { type: 'server_error', message: 'scripted' } }));
      default:
    }
    if (seen.url.includes('/count_tokens')) return whole(res, JSON.stringify({ input_tokens: 42 }), turn);
    const rendered = render(seen, turn);
    if (seen.json?.['stream'] !== true) return whole(res, turn.mode === 'garbage' ? '<html>oops' : rendered.whole, turn);
    this.#stream(res, turn.events ?? rendered.events, turn);
  }

  #stream(res: ServerResponse, events: readonly string[], turn: Turn): void {
    const half = Math.ceil(events.length / 2);
    if (turn.mode === 'cut-close') {
      // The body ends where the connection ends: nothing on the way can tell that it was cut.
      res.shouldKeepAlive = false;
      res.useChunkedEncodingByDefault = false;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...turn.headers });
    switch (turn.mode) {
      case 'slow':
        return this.#slowly(res, events, turn.delayMs ?? 10);
      case 'bytes':
        return this.#slowly(
          res,
          [...Buffer.from(events.join(''))].map((byte) => Buffer.from([byte])),
          0,
        );
      case 'stall':
        return void res.write(events.slice(0, half).join(''));
      case 'linger':
        return void res.write(events.join(''));
      case 'cut':
      case 'cut-close':
        return void res.end(events.slice(0, -1).join(''));
      case 'break':
        return void res.write(events.slice(0, half).join(''), () => res.socket?.destroy());
      case 'break-inside':
        return void res.write(events.slice(0, half).join('') + (events[half] ?? '').slice(0, 20), () =>
          res.socket?.resetAndDestroy(),
        );
      case 'garbage':
        return void res.end(`${events[0] ?? ''}data: {"half\n\n`);
      default:
        return void res.end(events.join(''));
    }
  }

  #slowly(res: ServerResponse, parts: readonly (string | Buffer)[], ms: number): void {
    const [first, ...rest] = parts;
    if (first === undefined) return void res.end();
    if (res.destroyed) return;
    res.write(first);
    if (ms === 0) setImmediate(() => this.#slowly(res, rest, ms));
    else this.#after(ms, () => this.#slowly(res, rest, ms));
  }
}

function whole(res: ServerResponse, body: string, turn: Turn): void {
  res.writeHead(200, { 'content-type': 'application/json', ...turn.headers });
  if (turn.mode === 'stall') return void res.write(body.slice(0, body.length / 2));
  if (turn.mode === 'break') return void res.write(body.slice(0, body.length / 2), () => res.socket?.destroy());
  res.end(body);
}

function render(seen: Seen, turn: Turn): Rendered {
  const model = String(seen.json?.['model'] ?? '');
  const reply = turn.reply ?? { text: 'Hello from the scripted provider, with as much text as it takes.' };
  const path = seen.url.split('?')[0] ?? '';
  if (path.endsWith('/responses')) return renderResponses(model, reply);
  if (path.endsWith('/messages')) return renderMessages(model, reply);
  const options = seen.json?.['stream_options'];
  const includes =
    typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true;
  return renderChat(model, reply, includes);
}

function jsonOf(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
