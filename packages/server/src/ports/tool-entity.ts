/** A tool as policies see it. One place lays it out for the bundle, which knows declared tools, and for the door, which knows all pinned ones. */
import type { ActionClass, EntityRecord, EntityRef } from '@countersign/kernel/action';
import { DATA_CLASSES, type DataClass, type OperationRecord, type ToolServerRecord } from './registry.ts';

/** The action under which a tool of this class is called. */
export const TOOL_ACTIONS: Readonly<Record<ActionClass, string>> = {
  read: 'tool.read',
  draft: 'tool.draft',
  recommend: 'tool.recommend',
  'mutate-low': 'tool.mutateLow',
  'mutate-high': 'tool.mutateHigh',
};

const rankOf = (name: DataClass): number => DATA_CLASSES.indexOf(name);

/** `Tool::"issues/create_issue"`: server and the server's own name, whatever it is exposed as. */
export const toolRef = (namespace: string, server: string, name: string): EntityRef => ({
  type: `${namespace}::Tool`,
  id: `${server}/${name}`,
});

export const toolServerRef = (namespace: string, server: string): EntityRef => ({ type: `${namespace}::ToolServer`, id: server });

/**
 * The entity of one tool. `class` is the effective one of the catalogue; `operation` is undefined for a tool that the operator did not
 * declare, which then has everything from its server.
 */
export function toolEntity(
  namespace: string,
  server: ToolServerRecord,
  tool: { readonly name: string; readonly class: ActionClass },
  operation: OperationRecord | undefined,
): EntityRecord {
  const parent = toolServerRef(namespace, server.id);
  return {
    uid: toolRef(namespace, server.id, tool.name),
    parents: [parent],
    attrs: {
      server: { type: parent.type, id: parent.id },
      class: tool.class,
      approval: operation?.approval ?? false,
      taints: [...(operation?.taints ?? server.taints)].sort(),
      environments: [...(operation?.environments ?? server.environments)].sort(),
      dataRank: rankOf(operation?.dataClass ?? server.dataClass),
      maxDataRank: rankOf(server.maxDataClass),
    },
  };
}
