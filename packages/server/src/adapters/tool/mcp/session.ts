/** One conversation with a server, in either era, under one binding and one set of capabilities. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import type { Limits } from '../parts/limits.ts';
import type { Hear, Wire } from '../wire/wire.ts';
import type { Act } from './act.ts';
import type { KnownTools } from './known.ts';
import type { Parked } from './parked.ts';

/** A request of our own, outside of any act: lists, and what opens a session. */
export interface Query {
  readonly method: string;
  readonly params: JsonRecord;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

export interface Session {
  readonly era: 'legacy' | 'modern';
  readonly protocolVersion: string;
  readonly capabilities: JsonRecord;
  readonly instructions: string | null;
  readonly ttlMs: number | null;
  readonly alive: boolean;
  /** A call is on its way or waits for input. */
  readonly busy: boolean;
  /** @throws Failed */
  call(act: Act): Promise<ToolReply>;
  /** @returns the result; @throws Failed, or RpcFailed for an error of the server */
  query(query: Query): Promise<JsonRecord>;
  /** Listens for changes until the session ends. */
  watch(): void;
  close(): Promise<void>;
}

export interface SessionTerms {
  readonly wire: (hear: Hear) => Wire;
  readonly transport: 'stdio' | 'http';
  /** What this client may be asked: elicitation, and what the operator's entry lets through besides. */
  readonly capabilities: JsonRecord;
  readonly client: JsonRecord;
  readonly known: KnownTools;
  readonly parked: Parked;
  readonly limits: Limits;
  readonly changed: (what: 'list' | 'resource', uri?: string) => void;
}
