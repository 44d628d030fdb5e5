/**
 * Tool servers between three parties: the adapters that speak to them, the catalogue that pins what they offer, and the door that agents
 * call. Shapes are those of MCP 2026-07-28 without its envelope (no `resultType`, no reserved `_meta`), whatever the server speaks.
 */
import type { ActionClass } from '@countersign/kernel/action';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import type { Grant } from './grant.ts';
import type { DataClass, Taint, ToolServerRecord } from './registry.ts';

/** What a server says it offers. Nothing here is trusted, shown or callable before it is pinned. */
export interface ServerOffer {
  /** Era found (`legacy`: 2025-11-25 and older sessions, `modern`: 2026-07-28); `none` for what is not MCP. */
  readonly era: 'legacy' | 'modern' | 'none';
  readonly protocolVersion: string | null;
  /** What was started or dialled: command, arguments and package digest, or origin. Part of the server's pin. */
  readonly launch: JsonRecord;
  readonly instructions: string | null;
  /** As the server sent them, unknown members included. */
  readonly tools: readonly JsonRecord[];
  readonly prompts: readonly JsonRecord[];
  readonly resources: readonly JsonRecord[];
  readonly resourceTemplates: readonly JsonRecord[];
  /** `completions`, `logging`, `resources.subscribe` ... as far as it declared them. */
  readonly capabilities: JsonRecord;
  /** How long the lists may be believed; null where the server does not say. */
  readonly ttlMs: number | null;
  /** Tools that the adapter had to drop, with a public reason: broken `x-mcp-header`, schema with a network reference ... */
  readonly dropped: readonly { readonly name: string; readonly reason: string }[];
}

/** Methods that an agent's request may become. */
export type ToolMethod = 'tools/call' | 'prompts/get' | 'resources/read' | 'completion/complete';

/** Who stands behind a call. For servers in this process, which apply rules of their own; it is never put on a wire. */
export interface ToolCaller {
  readonly agent: string;
  readonly team: string;
  /** Person or workload that the agent acts for. */
  readonly onBehalfOf: string;
  /** Of the mandate; null without one. */
  readonly task: string | null;
  readonly repository: string | null;
  /** Class of this act: declared, inherited and found, the highest of them. */
  readonly dataClass: DataClass;
  /** The highest that the agent may see. */
  readonly clearance: DataClass;
  /** What the task bears so far; absent counts as everything that content can bring. */
  readonly taints?: readonly Taint[];
}

export interface ToolRequest {
  readonly server: ToolServerRecord;
  readonly method: ToolMethod;
  /** Params of the method in the server's own names, without `_meta`. */
  readonly params: JsonRecord;
  /** The action that the grant must be for. */
  readonly action: string;
  /** Sessions and injected credentials are apart per binding: agent id, or person where credentials are per person. */
  readonly binding: string;
  readonly caller?: ToolCaller;
  /** Capabilities that the client declared and policy lets through to the server: `elicitation` only. */
  readonly capabilities: JsonRecord;
  /** Whether the client asked for progress. Tokens and ids never pass through. */
  readonly progress: boolean;
  readonly logLevel?: string;
  /** W3C `traceparent` of our span. */
  readonly traceparent: string;
  readonly timeoutMs: number;
  /** The reply is cut off and fails above this. */
  readonly resultBytesMax: number;
  /** 0 unless the operator declared the operation idempotent or a read. */
  readonly retries: number;
  /** Sent where the operation names a place for it. */
  readonly idempotencyKey?: string;
  /** Answers to an `input` reply, with the state that came with it, byte for byte. */
  readonly resume?: { readonly inputResponses: JsonRecord; readonly state: string | null };
  readonly signal: AbortSignal;
}

export type ToolFailureKind =
  | 'unresolved' // a credential or address cannot be resolved
  | 'blocked' // the address is not one that may be dialled
  | 'open' // the breaker is open
  | 'queue' // no free place in time
  | 'refused' // no connection, or the child does not start
  | 'timeout'
  | 'reset' // the connection or the child went away
  | 'garbage' // not the protocol
  | 'too-large'
  | 'unauthorized' // our own credential was refused by the server
  | 'lost' // a parked call is gone; it is not repeated
  | 'aborted';

export interface ToolFailure {
  readonly kind: ToolFailureKind;
  /** False only when it is known that nothing was sent. */
  readonly sent: boolean;
  /** For the log. */
  readonly internal: string;
}

export type ToolReply =
  | { readonly kind: 'result'; readonly result: JsonRecord; readonly bytes: number }
  /** The server wants input before it goes on. `requests` by key, each `{method, params}`; `state` is the server's own, or that of a parked call. */
  | { readonly kind: 'input'; readonly requests: JsonRecord; readonly state: string | null }
  /** A JSON-RPC error of the server. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: Json }
  | { readonly kind: 'failed'; readonly failure: ToolFailure };

/** What may come before the reply. */
export interface ToolEvents {
  /** Params of `notifications/progress` without the token. */
  progress(params: JsonRecord): void;
  /** Params of `notifications/message`. */
  message(params: JsonRecord): void;
}

export type ServerState = 'unknown' | 'starting' | 'up' | 'down' | 'open';

export interface ToolUpstreams {
  /** One governed act: the grant comes first, or nothing is sent. Never rejects. @throws TypeError without a valid grant for `request.action` */
  call(grant: Grant, request: ToolRequest, events: ToolEvents): Promise<ToolReply>;
  /** Asks a server for everything it offers, with our own standing. @throws Fault tool.* with a public sentence when it cannot be had */
  offer(server: ToolServerRecord, signal: AbortSignal): Promise<ServerOffer>;
  /** `list` where the server said that a list changed, `resource` with the URI where a resource did. */
  onChange(listener: (server: string, what: 'list' | 'resource', uri?: string) => void): void;
  state(server: string): ServerState;
  /** Ends children, sessions and connections. */
  close(): Promise<void>;
}

/** `pinned` is approved by a person or by the bundle; `quarantined` is new or changed; `refused` can never be shown (name, schema). */
export type PinState = 'pinned' | 'quarantined' | 'refused';

/** One tool as agents see it: exactly what was hashed into its pin, under its exposed name. */
export interface CatalogueTool {
  readonly server: string;
  /** The server's own name. */
  readonly name: string;
  /** `server__tool` or its alias: at most 64 of `[A-Za-z0-9_-]`, unlike every other. */
  readonly exposed: string;
  readonly class: ActionClass;
  /** SHA-256, hex, of the canonical definition. */
  readonly pin: string;
  /** Definition with the exposed name: name, title, description, inputSchema, outputSchema, annotations. */
  readonly definition: JsonRecord;
}

export interface CatalogueServer {
  readonly record: ToolServerRecord;
  readonly state: PinState | 'absent';
  readonly era: ServerOffer['era'];
  readonly instructions: string | null;
  /** Pinned with the server; names and URIs as the server's own. */
  readonly prompts: readonly JsonRecord[];
  readonly resources: readonly JsonRecord[];
  readonly resourceTemplates: readonly JsonRecord[];
  readonly capabilities: JsonRecord;
  /** When the lists were last compared with the pins, milliseconds since the epoch; 0 for never. */
  readonly checkedAt: number;
}

/** Immutable; a new object for every change. */
export interface CatalogueView {
  /** Changes whenever anything that an agent can see changes. */
  readonly version: string;
  /** Pinned tools only, by exposed name, in code point order. */
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly servers: ReadonlyMap<string, CatalogueServer>;
}

export interface ToolCatalogue {
  current(): CatalogueView;
  /**
   * Makes sure that the pin was compared with what the server offers within `withinMs`; false when it no longer holds, or when that
   * cannot be known.
   */
  holds(tool: CatalogueTool, withinMs: number): Promise<boolean>;
  onChange(listener: (view: CatalogueView) => void): void;
}
