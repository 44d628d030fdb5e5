/** What the operator says about one tool of a server. */
import type { ActionClass } from '@countersign/kernel/action';
import type { OperationRecord, ToolServerRecord } from '../../../ports/registry.ts';

/** The action that is asked for a tool of a class. */
export const TOOL_ACTIONS: Readonly<Record<ActionClass, string>> = {
  read: 'tool.read',
  draft: 'tool.draft',
  recommend: 'tool.recommend',
  'mutate-low': 'tool.mutateLow',
  'mutate-high': 'tool.mutateHigh',
};

const byServer = new WeakMap<ToolServerRecord, ReadonlyMap<string, OperationRecord>>();

export function operationOf(server: ToolServerRecord, name: string): OperationRecord | undefined {
  let known = byServer.get(server);
  if (known === undefined) {
    known = new Map(server.operations.map((operation) => [operation.name, operation]));
    byServer.set(server, known);
  }
  return known.get(name);
}
