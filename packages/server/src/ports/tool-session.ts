/**
 * What the tool door remembers between two requests: sessions of clients that need them, tasks, and values that may be used once. All of it
 * is in the store, so that any node can serve the next request. Whoever asks with another principal finds nothing, exactly as with an
 * unknown id.
 */
import type { JsonRecord } from '@countersign/kernel/json';

/** A client that never ends its session costs a row for this long after its last request. */
export const SESSION_IDLE_MS = 30 * 60_000;
/** Sessions of one principal at a time; a further one ends the one that was unused longest. */
export const SESSIONS_PER_PRINCIPAL_MAX = 64;
/** Open tasks of one principal at a time; a further one is refused. */
export const TOOL_TASKS_PER_PRINCIPAL_MAX = 256;

/** One session or task as its owner names it. */
export interface ToolHandle {
  readonly org: string;
  /** For a session SHA-256, hex, of the id that the client holds; for a task its id. */
  readonly id: string;
  /** Agent id, or person id. */
  readonly principal: string;
}

/** A legacy MCP session of ours. Bound to who opened it, with what, under which mandate: a request that differs in one of them is foreign. */
export interface ToolSession extends ToolHandle {
  readonly mandate: string | null;
  /** Credential id, or `oidc:<issuer>`. */
  readonly credential: string;
  readonly protocolVersion: string;
  /** What the client declared. */
  readonly capabilities: JsonRecord;
  /** The client's own name for itself: for display only. */
  readonly clientInfo: JsonRecord;
  /** Null until `logging/setLevel`. */
  readonly logLevel: string | null;
  /** Whether `notifications/initialized` came. */
  readonly ready: boolean;
  readonly openedAt: string;
  readonly lastSeenAt: string;
}

export type ToolSessionDraft = Omit<ToolSession, 'logLevel' | 'ready' | 'openedAt' | 'lastSeenAt'>;

export interface ToolSessions {
  /** Ends the principal's longest unused session where it has too many. @throws Fault request.conflict when the id is taken */
  open(draft: ToolSessionDraft): Promise<ToolSession>;
  /** Undefined where it is unknown, foreign, ended or idle for longer than `SESSION_IDLE_MS`. Does not count as a use. */
  find(handle: ToolHandle): Promise<ToolSession | undefined>;
  /** A use, and what changed with it. @returns false where `find` would find nothing */
  touch(handle: ToolHandle, change?: { readonly logLevel?: string; readonly ready?: true }): Promise<boolean>;
  /** @returns false where there was none */
  end(handle: ToolHandle): Promise<boolean>;
  /** Deletes what is past its time, of all organisations. @returns how many */
  sweep(): Promise<number>;
}

/**
 * `working` waits for its approval; `acting` was claimed by one node and the act may have happened; the rest are final. There is no way back
 * from `acting` to `working`: an act whose node died is not repeated.
 */
export type ToolTaskState = 'working' | 'acting' | 'completed' | 'failed' | 'cancelled';

/** A task of MCP: one request of an agent that is answered later. */
export interface ToolTask extends ToolHandle {
  readonly mandate: string | null;
  /** Credential that asked for it; whoever reads the task presents their own. */
  readonly credential: string;
  /** Exposed name of the tool. */
  readonly tool: string;
  /** The approval request that it waits for; null where it waits for none. */
  readonly approval: string | null;
  /** SHA-256, hex, that the approval is bound to. */
  readonly requestDigest: string;
  /** What the door needs to act later, sealed by the door: the store cannot read it. */
  readonly request: Uint8Array;
  readonly state: ToolTaskState;
  /** Plain words for the client. */
  readonly message: string;
  /** The final reply, sealed by the door; null before. */
  readonly result: Uint8Array | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** After this it is gone, whatever its state. */
  readonly expiresAt: string;
}

export type ToolTaskDraft = Omit<ToolTask, 'state' | 'result' | 'createdAt' | 'updatedAt' | 'expiresAt'> & {
  readonly ttlMs: number;
};

export interface ToolTasks {
  /** @throws Fault request.conflict when the id is taken, request.rate-limited when the principal has too many open */
  open(draft: ToolTaskDraft): Promise<ToolTask>;
  /** Undefined where it is unknown, foreign or expired. */
  find(handle: ToolHandle): Promise<ToolTask | undefined>;
  /** `working` to `acting`. True for exactly one caller on all nodes: who gets true acts, nobody else may. */
  claim(handle: ToolHandle): Promise<boolean>;
  /**
   * The end. From `acting` for what acted, from `working` for what was denied before. @returns false where it was final already, or gone:
   * the first end stands
   */
  finish(
    handle: ToolHandle,
    end: { readonly state: 'completed' | 'failed'; readonly message: string; readonly result: Uint8Array },
  ): Promise<boolean>;
  /** Only what nobody claimed can be cancelled. @returns the task afterwards; undefined where `find` would find nothing */
  cancel(handle: ToolHandle, message: string): Promise<ToolTask | undefined>;
  /** Deletes what is past its time, of all organisations. @returns how many */
  sweep(): Promise<number>;
}

export interface ToolNonces {
  /**
   * Uses a value up. True exactly once for each, on all nodes, also when many ask at once. `expiresAt`, milliseconds since the epoch: the
   * caller refuses the value by its own seal from then on, so the row may go.
   * @throws Fault store.*; the value then counts as used
   */
  consume(org: string, nonce: string, expiresAt: number): Promise<boolean>;
  sweep(): Promise<number>;
}
