/** Answers in the form of MCP. A refusal is a result that a model reads, so that it can do better. */
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { DataClass, Taint } from '../../ports/registry.ts';
import type { ToolReply } from '../../ports/tool.ts';

/** A call that is refused, with a public sentence. Never holds what was in the text. */
export class Refused extends Error {}

export interface Marks {
  readonly dataClass: DataClass;
  readonly taints: readonly Taint[];
}

/** What the answer brings into the task; the door believes it from this server alone. */
const META_CLASS = 'countersign/dataClass';
const META_TAINTS = 'countersign/taints';

const reply = (result: JsonRecord): ToolReply => ({
  kind: 'result',
  result,
  bytes: Buffer.byteLength(JSON.stringify(result)),
});

export function answer(structured: JsonRecord, marks?: Marks): ToolReply {
  const _meta = marks === undefined ? {} : { _meta: { [META_CLASS]: marks.dataClass, [META_TAINTS]: [...marks.taints].sort() } };
  return reply({ content: [{ type: 'text', text: JSON.stringify(structured) }], structuredContent: structured, ..._meta });
}

export const refused = (message: string): ToolReply => reply({ content: [{ type: 'text', text: message }], isError: true });

/** @param writes whether the call may have changed something all the same */
export function failed(thrown: unknown, writes: boolean): ToolReply {
  if (thrown instanceof Refused) return refused(thrown.message);
  const fault = asFault(thrown);
  // A legal hold: somebody must know, and nothing was changed.
  if (fault.code === 'request.conflict') return refused(fault.publicText);
  const internal = `${fault.code}: ${fault.internalText ?? fault.publicText}`;
  return { kind: 'failed', failure: { kind: writes ? 'reset' : 'refused', sent: writes, internal } };
}
