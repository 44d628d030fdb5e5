/** What the operator says about one tool of a server. */
import type { OperationRecord, Taint, ToolServerRecord } from '../../../ports/registry.ts';

const byServer = new WeakMap<ToolServerRecord, ReadonlyMap<string, OperationRecord>>();

export function operationOf(server: ToolServerRecord, name: string): OperationRecord | undefined {
  let known = byServer.get(server);
  if (known === undefined) {
    known = new Map(server.operations.map((operation) => [operation.name, operation]));
    byServer.set(server, known);
  }
  return known.get(name);
}

/** What a tool of a server, or the server itself, brings into a task. */
export const taintsOf = (server: ToolServerRecord, operation: OperationRecord | undefined): readonly Taint[] =>
  operation?.taints ?? server.taints;

/** The namespace of our own schema. */
export const NAMESPACE = 'Countersign';
