/** Stands between a client and the installation, passes everything on, and answers the hooks' questions as badly as it is told to. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { bodyOf, Loopback } from '../../packages/server/src/cli/client/probe/loopback.ts';

/** `dead`: the connection is reset. `slow`: there is no answer. The rest is what the words say, in HTTP for one client and in MCP for the other. */
export const TROUBLES = [
  'dead',
  'slow',
  '500',
  '404',
  'empty',
  'braces',
  'bad json',
  'text',
  'error',
  'structured only',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export class Faulty {
  trouble: Trouble | undefined;
  /** Questions that came while there was trouble. */
  asked = 0;
  readonly #loopback = new Loopback((req, res) => this.#serve(req, res));
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async open(target: string): Promise<Faulty> {
    const faulty = new Faulty(target);
    await faulty.#loopback.listen();
    return faulty;
  }

  get url(): string {
    return this.#loopback.url;
  }

  close(): Promise<void> {
    return this.#loopback.close();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await bodyOf(req);
    const id = questionOf(req.url ?? '', body);
    if (this.trouble === undefined || id === undefined) return this.#pass(req, res, body);
    this.asked += 1;
    answer(this.trouble, id, res);
  }

  #pass(req: IncomingMessage, res: ServerResponse, body: string): void {
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method: req.method, path: req.url, headers: req.headers }, (back) => {
      res.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(res);
    });
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    onward.end(body);
  }
}

/** The JSON-RPC id of a question over MCP, `http` for one over HTTP; undefined for everything else. A prompt is not what is tried here. */
function questionOf(url: string, body: string): unknown {
  if (url.startsWith('/hooks/')) return /"hook_event_name":"(?:PreToolUse|PermissionRequest)"/.test(body) ? 'http' : undefined;
  if (!url.startsWith('/mcp') || !body.includes('"preflight"')) return undefined;
  const { id, method, params } = JSON.parse(body) as {
    id?: unknown;
    method?: string;
    params?: { name?: string; arguments?: { event?: string } };
  };
  return method === 'tools/call' && params?.name === 'preflight' && params.arguments?.event !== 'SessionStart' ? id : undefined;
}

function answer(trouble: Trouble, id: unknown, res: ServerResponse): void {
  if (trouble === 'dead') return void res.destroy();
  if (trouble === 'slow') return;
  if (trouble === '500' || trouble === '404') return void res.writeHead(Number(trouble)).end('no');
  const result = TEXTS[trouble];
  if (id === 'http') return void res.writeHead(200, { 'content-type': 'application/json' }).end(result.text);
  const content = trouble === 'structured only' ? [] : [{ type: 'text', text: result.text }];
  const reply = {
    content,
    ...(trouble === 'error' ? { isError: true } : {}),
    ...(trouble === 'structured only' ? { structuredContent: ALLOW } : {}),
  };
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: reply }));
}

const ALLOW = { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } } };

const TEXTS = {
  empty: { text: '' },
  braces: { text: '{}' },
  'bad json': { text: '{"hookSpecificOutput":' },
  text: { text: 'allow' },
  error: { text: '{"error":"something went wrong"}' },
  'structured only': { text: '[]' },
} as const;
