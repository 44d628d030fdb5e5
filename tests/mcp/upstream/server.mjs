// The server that the conformance suite asks for, on the official SDK. It is the same for both eras: what differs is told by the SDK.
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { askingTools, opened } from './asking.mjs';
import { complete, promptOf, prompts, read, resources, templates } from './pages.mjs';
import { NONE, plainTools } from './plain.mjs';

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

const HINT = { ttlMs: 60_000, cacheScope: 'private' };
const HINTED = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read', 'server/discover'];

export const toolNames = Object.keys({ ...plainTools(() => undefined), ...askingTools });

/**
 * @param tell publishes that a list changed: `tools`, `prompts`
 * @returns a server that is not connected yet; one for each request or connection
 */
export function makeServer(tell = () => undefined) {
  const tools = { ...plainTools(tell), ...askingTools };
  const server = new Server(
    { name: 'conformance-upstream', version: '1.0.0' },
    {
      capabilities: CAPABILITIES,
      instructions: 'A server for tests.',
      requestState: { verify: opened },
      cacheHints: Object.fromEntries(HINTED.map((method) => [method, HINT])),
    },
  );
  const clientOf = (ctx) =>
    ctx.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? server.getClientCapabilities() ?? {};
  server.setRequestHandler('tools/list', () => ({
    tools: Object.entries(tools).map(([name, { description = `Does ${name}.`, input = NONE }]) => ({
      name,
      description,
      inputSchema: input,
    })),
  }));
  server.setRequestHandler('tools/call', ({ params }, ctx) => {
    if (!Object.hasOwn(tools, params.name))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${params.name}.`);
    return tools[params.name].run(params.arguments ?? {}, { ...ctx, client: clientOf(ctx) });
  });
  server.setRequestHandler('prompts/list', () => ({
    prompts: Object.entries(prompts).map(([name, { arguments: args }]) => ({
      name,
      description: `Shows ${name}.`,
      ...(args === undefined ? {} : { arguments: args }),
    })),
  }));
  server.setRequestHandler('prompts/get', ({ params }, ctx) => promptOf(params.name).run(params.arguments ?? {}, ctx));
  server.setRequestHandler('resources/list', () => ({ resources }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: templates }));
  server.setRequestHandler('resources/read', ({ params }) => read(params.uri));
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.setRequestHandler('completion/complete', ({ params }) => complete(params));
  return server;
}
