/** Names that MCP 2026-07-28 reserves, and the revisions that are spoken. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';

export const MODERN_VERSION = '2026-07-28';
/** Newest first; the first is what `initialize` offers. */
export const LEGACY_VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

const PREFIX = 'io.modelcontextprotocol/';
export const TASKS_EXTENSION = `${PREFIX}tasks`;

/** What every request of the modern era carries, and what goes to both eras where it is not undefined. */
interface MetaParts {
  readonly version: string;
  readonly capabilities: JsonRecord;
  readonly client: JsonRecord;
  readonly logLevel: string | undefined;
}

export const envelope = (parts: MetaParts): JsonRecord => ({
  [`${PREFIX}protocolVersion`]: parts.version,
  [`${PREFIX}clientCapabilities`]: parts.capabilities,
  [`${PREFIX}clientInfo`]: parts.client,
  ...(parts.logLevel === undefined ? {} : { [`${PREFIX}logLevel`]: parts.logLevel }),
});

/** Keys without a prefix that belong to the hop, not to the message. */
const HOP_KEYS: ReadonlySet<string> = new Set(['progressToken', 'traceparent', 'tracestate', 'baggage']);

/** Whether a `_meta` key is the protocol's: the second label of its prefix is `mcp` or `modelcontextprotocol`. */
function isReserved(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash === -1) return HOP_KEYS.has(key);
  const label = key.slice(0, slash).split('.')[1];
  return label === 'mcp' || label === 'modelcontextprotocol';
}

/** The record without what only concerned our hop: `resultType`, and the protocol's own members of `_meta`. */
export function withoutEnvelope(record: JsonRecord): JsonRecord {
  const { resultType: _kind, _meta: meta, ...rest } = record;
  if (!isRecord(meta)) return rest;
  const kept = Object.entries(meta).filter(([key]) => !isReserved(key));
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}
