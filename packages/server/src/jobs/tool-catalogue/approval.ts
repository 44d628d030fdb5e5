/** Who says yes to a definition: a person, or the bundle in force. */
import type { DefinitionFinding } from '@countersign/kernel/tool';
import type { OperationRecord, ToolServerRecord } from '../../ports/registry.ts';
import type { StoredPinState } from '../../ports/tool-pins.ts';

/** Their definitions are made of the bundle's own text, or of our own code: who approved the bundle approved them. */
const MADE_OF_BUNDLE: ReadonlySet<string> = new Set(['operations', 'openapi', 'memory']);

export const operationOf = (server: ToolServerRecord, name: string): OperationRecord | undefined =>
  server.operations.find((operation) => operation.name === name);

/** Whether agents may be shown a tool of this name at all, once it is approved. */
export const isExposed = (server: ToolServerRecord, name: string): boolean =>
  server.expose === 'all' || operationOf(server, name) !== undefined;

/** A bundle that names a pin means it, whatever is found; one that only holds the text is believed while nothing is found in it. */
export function bundleVouches(
  server: ToolServerRecord,
  tool: { readonly name: string; readonly pin: string; readonly findings: readonly DefinitionFinding[] },
): boolean {
  if (operationOf(server, tool.name)?.pin === tool.pin) return true;
  return MADE_OF_BUNDLE.has(server.transport.kind) && isExposed(server, tool.name) && tool.findings.length === 0;
}

export const bundleVouchesServer = (server: ToolServerRecord, findings: readonly DefinitionFinding[]): boolean =>
  MADE_OF_BUNDLE.has(server.transport.kind) && findings.length === 0;

/** What runs or answers is fixed by the bundle, so a pin that it names holds although nobody approved the server's own texts. */
const launchIsFixed = ({ transport }: ToolServerRecord): boolean =>
  transport.kind === 'stdio' ? transport.digest !== null : true;

/** `undefined`: it was never seen, so nobody approved it. */
export function isApproved(state: StoredPinState | undefined, vouched: boolean): boolean {
  if (state === 'pinned') return true;
  return vouched && state !== 'rejected';
}

export interface ToolStanding {
  readonly server: ToolServerRecord;
  readonly serverApproved: boolean;
  readonly state: StoredPinState | undefined;
  readonly tool: { readonly name: string; readonly pin: string; readonly findings: readonly DefinitionFinding[] };
}

/** Whether a tool may be listed and called. */
export function isListed({ server, serverApproved, state, tool }: ToolStanding): boolean {
  if (!isExposed(server, tool.name)) return false;
  if (serverApproved) return isApproved(state, bundleVouches(server, tool));
  return state !== 'rejected' && launchIsFixed(server) && operationOf(server, tool.name)?.pin === tool.pin;
}
