/** Tools and resources of MCP servers: ours are decided where they are called, all others are refused. */
import { OUR_SERVER } from './deps.ts';
import { type Plan, type Planning, refuse } from './planning.ts';

const PREFIX = `mcp__${OUR_SERVER}__`;

export function planServer({ call, exposes }: Planning): Plan {
  const meaning = { tool: call.tool, input: call.input };
  if (isOurs(call.tool, call.server, call.input['server'], exposes)) return { kind: 'elsewhere', meaning };
  return refuse(
    'hook.tool',
    `\`${call.tool}\` belongs to a tool server that is not governed here. The server \`${OUR_SERVER}\` has the tools that may be used.`,
    'tool.call',
  );
}

/** A server whose name only begins like ours would have its tools called with names that begin like ours: the tool must be one of the door's. */
function isOurs(tool: string, server: string | undefined, named: unknown, exposes: Planning['exposes']): boolean {
  if (server !== undefined && server !== OUR_SERVER) return false;
  if (tool.startsWith(PREFIX)) return exposes(tool.slice(PREFIX.length));
  // Resources of all servers at once are a list of names, and only ours are connected.
  return !tool.startsWith('mcp__') && (named === undefined || named === OUR_SERVER);
}
