/** What a caller may use: asked of the kernel for each thing, without a record. Whoever then calls is decided again. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { CatalogueServer, CatalogueTool, CatalogueView } from '../../../ports/tool.ts';
import { TOOL_ACTIONS, toolRef, toolServerRef } from '../../../ports/tool-entity.ts';
import { previewAsk } from '../call/ask.ts';
import { NAMESPACE, operationOf } from '../call/operation.ts';
import type { Exchange } from '../exchange.ts';

/** A pattern of names: letters, digits, `_`, `-`, and `*` for any of them. */
const PATTERN = /^[A-Za-z0-9_*-]{1,64}$/;
const PATTERNS_MAX = 64;

/** Names that a client wants to see, to keep its model's context small: `x-countersign-tools: github__*,search`. It only ever narrows. */
export function subsetOf(header: string | string[] | undefined): readonly string[] | 'invalid' | undefined {
  if (header === undefined) return undefined;
  const patterns = (Array.isArray(header) ? header.join(',') : header).split(',').map((one) => one.trim());
  return patterns.length <= PATTERNS_MAX && patterns.every((one) => PATTERN.test(one)) ? patterns : 'invalid';
}

const fits = (patterns: readonly string[] | undefined, name: string): boolean =>
  patterns === undefined || patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '[A-Za-z0-9_-]*')}$`).test(name));

export function visibleTools(x: Exchange, view: CatalogueView, subset: readonly string[] | undefined): readonly CatalogueTool[] {
  return [...view.tools.values()].filter((tool) => {
    const server = view.servers.get(tool.server);
    return fits(subset, tool.exposed) && server?.state === 'pinned' && server.record.enabled && mayCall(x, server.record, tool);
  });
}

/** A tool that a person has to approve is there to be used. */
function mayCall(x: Exchange, server: ToolServerRecord, tool: CatalogueTool): boolean {
  const resource = toolRef(NAMESPACE, tool.server, tool.name);
  const operation = operationOf(server, tool.name);
  const asked = { action: TOOL_ACTIONS[tool.class], resource, method: 'tools/call', server, tool, operation } as const;
  return x.door.road.preview(previewAsk(whoAsks(x), asked)).answer !== 'deny';
}

export const visibleServers = (x: Exchange, view: CatalogueView): readonly CatalogueServer[] =>
  [...view.servers.values()].filter((server) => mayFetch(x, server));

export function mayFetch(x: Exchange, { record, state }: CatalogueServer): boolean {
  if (state !== 'pinned' || !record.enabled) return false;
  const resource = toolServerRef(NAMESPACE, record.id);
  const asked = {
    action: 'tool.fetch',
    resource,
    method: 'resources/read',
    server: record,
    tool: undefined,
    operation: undefined,
  } as const;
  return x.door.road.preview(previewAsk(whoAsks(x), asked)).answer !== 'deny';
}

const whoAsks = (x: Exchange) => ({
  caller: x.known,
  declared: { declaredClass: x.claims?.declaredClass, useCase: x.claims?.useCase },
});

/** Members of a definition that agents see; what is not in the list was not looked at by anybody. */
export function only(given: JsonRecord, members: readonly string[]): JsonRecord {
  return Object.fromEntries(members.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}
