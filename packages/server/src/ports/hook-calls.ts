/** What clients asked before they acted, and what they were told: one row for each question of a hook. */

/** Clients whose hooks and events we read. */
export const CLIENT_NAMES = ['codex', 'claude'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** `ask`: told to wait for a person, the client asks again before it acts. */
export type HookWord = 'allow' | 'ask' | 'deny';

/** A session of a client, as the credential sees it: what one agent says of its session counts for no other. */
export interface HookSession {
  readonly org: string;
  readonly agent: string;
  readonly client: ClientName;
  /** The client's own name of it. */
  readonly session: string;
}

export interface HookCallRow extends HookSession {
  /** Of the client: a turn or prompt id. */
  readonly turn: string;
  /** `call_id`, `tool_use_id`; null where the client did not say. */
  readonly call: string | null;
  /** SHA-256 of the parsed request, hex. */
  readonly digest: string;
  readonly tool: string;
  readonly event: 'PreToolUse' | 'PermissionRequest';
  readonly word: HookWord;
  /** The road's decision; null where another door decides (a tool of ours). */
  readonly decision: string | null;
}

export interface HookCalls {
  /**
   * Where the session works: the directory that it named first. Later ones do not move it, or a change of directory would change what a path means.
   * @param cwd undefined where the client does not say, or lets the model say it
   */
  rootOf(session: HookSession, cwd: string | undefined): Promise<string | undefined>;
  /** Durable when it resolves. INVARIANT: an allow is told only afterwards. */
  put(row: HookCallRow): Promise<void>;
  /**
   * Takes the allow that a PreToolUse got for the same request in the same turn, once, where it is not older than `withinMs`.
   * @returns its decision, or undefined where there is none left
   */
  take(
    session: HookSession,
    same: { readonly turn: string; readonly digest: string; readonly withinMs: number },
  ): Promise<{ readonly decision: string | null; readonly call: string | null } | undefined>;
  /** Whether the same request was asked about in a PreToolUse, was not denied there, and stands untaken. */
  asked(
    session: HookSession,
    same: { readonly turn: string; readonly digest: string; readonly withinMs: number },
  ): Promise<boolean>;
  /** Removes rows past their time. */
  sweep(days: number): Promise<void>;
}
