/** The far side of the real clients where only their files are tested: a scripted model, and a decision point that keeps what it is asked. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf, Loopback } from '../../packages/server/src/cli/client/probe/loopback.ts';
import { ToolScript } from '../../packages/server/src/cli/client/probe/script.ts';

type Record_ = Readonly<Record<string, unknown>>;

export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record_;
}

export class ClientStand {
  readonly model = new ToolScript();
  /** What the decision point says of a tool call. */
  allows: (input: string) => boolean = () => true;
  readonly seen: Seen[] = [];
  readonly #loopback = new Loopback((req, res) => this.#serve(req, res));

  static async open(): Promise<ClientStand> {
    const stand = new ClientStand();
    await stand.#loopback.listen();
    return stand;
  }

  get url(): string {
    return this.#loopback.url;
  }

  close(): Promise<void> {
    return this.#loopback.close();
  }

  at(suffix: string): readonly Seen[] {
    return this.seen.filter(({ path }) => path.endsWith(suffix));
  }

  /** Questions to the decision point: event and tool. */
  get asked(): readonly string[] {
    const preflights = this.at('/mcp').flatMap(({ body }) => {
      const params = body['params'] as { name?: string; arguments?: Record_ } | undefined;
      return params?.name === 'preflight' ? [`${String(params.arguments?.['event'])} ${String(params.arguments?.['tool'])}`] : [];
    });
    const hooks = this.at('/hooks/claude').map(({ body }) => `${String(body['hook_event_name'])} ${String(body['tool_name'])}`);
    return [...preflights, ...hooks];
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const text = await bodyOf(req);
    const body = text.startsWith('{') ? (JSON.parse(text) as Record_) : {};
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    this.seen.push({ path, headers: req.headers, body });
    if (req.method !== 'POST') return void res.writeHead(req.method === 'GET' && path === '/mcp' ? 405 : 200).end();
    if (path === '/mcp') return this.#mcp(body, res);
    if (path === '/hooks/claude')
      return answerJson(res, this.#verdict(String(body['hook_event_name']), JSON.stringify(body['tool_input'] ?? null)));
    if (!(await this.model.answer(path, body, res))) answerJson(res, {});
  }

  #verdict(event: string, input: string): object {
    const allowed = this.allows(input);
    const reason = 'denied by the stand';
    if (event === 'PermissionRequest')
      return {
        hookSpecificOutput: {
          hookEventName: event,
          decision: allowed ? { behavior: 'allow' } : { behavior: 'deny', message: reason },
        },
      };
    if (event !== 'PreToolUse') return {};
    const permissionDecision = allowed ? 'allow' : 'deny';
    return { hookSpecificOutput: { hookEventName: event, permissionDecision, permissionDecisionReason: reason } };
  }

  #mcp(body: Record_, res: ServerResponse): void {
    if (body['id'] === undefined) return void res.writeHead(202).end();
    const params = (body['params'] ?? {}) as { name?: string; arguments?: Record_; protocolVersion?: string };
    const answer = (result: object) => answerJson(res, { jsonrpc: '2.0', id: body['id'], result }, { 'mcp-session-id': 'one' });
    switch (body['method']) {
      case 'initialize':
        return answer({
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'stand', version: '1' },
        });
      case 'tools/list':
        return answer({ tools: [] });
      case 'tools/call': {
        const verdict = this.#verdict(String(params.arguments?.['event']), JSON.stringify(params.arguments?.['tool_input']));
        // Codex has no word for an explicit allow before a tool: what is not denied goes on to the permission request.
        const denies = JSON.stringify(verdict).includes('deny') || params.arguments?.['event'] === 'PermissionRequest';
        return answer({ content: [{ type: 'text', text: JSON.stringify(denies ? verdict : {}) }] });
      }
      default:
        return answerJson(res, { jsonrpc: '2.0', id: body['id'], error: { code: -32_601, message: 'no such method' } });
    }
  }
}
