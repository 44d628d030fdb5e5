// A modern server over standard streams.
import { inputRequired, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

serveStdio(
  () => {
    const server = new McpServer({ name: 'modern', version: '1' }, { capabilities: { tools: {} } });
    server.registerTool('deploy', {}, (ctx) => {
      const answer = ctx.mcpReq.inputResponses?.confirm;
      if (answer !== undefined) return { content: [{ type: 'text', text: answer.action }] };
      const confirm = inputRequired.elicit({ message: 'Sure?', requestedSchema: { type: 'object', properties: {} } });
      return inputRequired({ inputRequests: { confirm }, requestState: 's' });
    });
    return server;
  },
  { legacy: 'reject' },
);
