/** What the store keeps for the tool door, in memory; and approvals that a test decides. */
import type { Clock } from '../../../ports/clock.ts';
import type { ApprovalRecord, ApprovalState, ApprovalStore } from '../../../ports/approvals.ts';
import { Fault } from '@countersign/kernel/fault';
import type { GovernAsk } from '../../../ports/road.ts';
import {
  SESSION_IDLE_MS,
  SESSIONS_PER_PRINCIPAL_MAX,
  type ToolHandle,
  type ToolNonces,
  type ToolSession,
  type ToolSessionDraft,
  type ToolSessions,
  TOOL_TASKS_PER_PRINCIPAL_MAX,
  type ToolTask,
  type ToolTaskDraft,
  type ToolTasks,
} from '../../../ports/tool-session.ts';
import { type Answer, denial } from '../../wire/testing/test-road.ts';

const keyOf = ({ org, id, principal }: ToolHandle): string => JSON.stringify([org, id, principal]);
const iso = (ms: number): string => new Date(ms).toISOString();

export class MemorySessions implements ToolSessions {
  readonly rows = new Map<string, ToolSession>();
  readonly #clock: Clock;
  reads = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(draft: ToolSessionDraft): Promise<ToolSession> {
    const mine = [...this.rows.values()].filter((row) => row.principal === draft.principal);
    const [oldest] = mine.sort((a, b) => a.lastSeenAt.localeCompare(b.lastSeenAt));
    if (mine.length >= SESSIONS_PER_PRINCIPAL_MAX && oldest !== undefined) this.rows.delete(keyOf(oldest));
    const now = iso(this.#clock.now());
    const session: ToolSession = { ...draft, logLevel: null, ready: false, openedAt: now, lastSeenAt: now };
    this.rows.set(keyOf(draft), session);
    return session;
  }

  async find(handle: ToolHandle): Promise<ToolSession | undefined> {
    this.reads += 1;
    const row = this.rows.get(keyOf(handle));
    return row === undefined || this.#clock.now() - Date.parse(row.lastSeenAt) > SESSION_IDLE_MS ? undefined : row;
  }

  async touch(handle: ToolHandle, change: { readonly logLevel?: string; readonly ready?: true } = {}): Promise<boolean> {
    const row = await this.find(handle);
    if (row !== undefined) this.rows.set(keyOf(handle), { ...row, ...change, lastSeenAt: iso(this.#clock.now()) });
    return row !== undefined;
  }

  async end(handle: ToolHandle): Promise<boolean> {
    return this.rows.delete(keyOf(handle));
  }

  async sweep(): Promise<number> {
    return 0;
  }
}

export class MemoryTasks implements ToolTasks {
  readonly rows = new Map<string, ToolTask>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open({ ttlMs, ...draft }: ToolTaskDraft): Promise<ToolTask> {
    const open = [...this.rows.values()].filter((row) => row.principal === draft.principal && row.result === null);
    if (open.length >= TOOL_TASKS_PER_PRINCIPAL_MAX) throw new Fault('request.rate-limited', 'Too many tasks are open.');
    const now = this.#clock.now();
    const stamps = { createdAt: iso(now), updatedAt: iso(now), expiresAt: iso(now + ttlMs) };
    const task: ToolTask = { ...draft, state: 'working', result: null, ...stamps };
    this.rows.set(keyOf(draft), task);
    return task;
  }

  async find(handle: ToolHandle): Promise<ToolTask | undefined> {
    return this.rows.get(keyOf(handle));
  }

  async claim(handle: ToolHandle): Promise<boolean> {
    return this.#move(handle, ['working'], { state: 'acting' });
  }

  async finish(
    handle: ToolHandle,
    end: { readonly state: 'completed' | 'failed'; readonly message: string; readonly result: Uint8Array },
  ): Promise<boolean> {
    return this.#move(handle, ['working', 'acting'], end);
  }

  async cancel(handle: ToolHandle, message: string): Promise<ToolTask | undefined> {
    this.#move(handle, ['working'], { state: 'cancelled', message });
    return this.find(handle);
  }

  async sweep(): Promise<number> {
    return 0;
  }

  #move(handle: ToolHandle, from: readonly string[], change: Partial<ToolTask>): boolean {
    const row = this.rows.get(keyOf(handle));
    if (row === undefined || !from.includes(row.state)) return false;
    this.rows.set(keyOf(handle), { ...row, ...change, updatedAt: iso(this.#clock.now()) });
    return true;
  }
}

export class MemoryNonces implements ToolNonces {
  readonly used = new Set<string>();

  async consume(org: string, nonce: string): Promise<boolean> {
    const key = `${org} ${nonce}`;
    const first = !this.used.has(key);
    this.used.add(key);
    return first;
  }

  async sweep(): Promise<number> {
    return 0;
  }
}

/** Approvals as the road binds them: to the digest of exactly one request, used once. */
export class MemoryApprovals implements Pick<ApprovalStore, 'find' | 'waitFor'> {
  readonly rows = new Map<string, ApprovalRecord & { readonly key: string }>();
  #ids = 0;

  async find(_org: string, id: string): Promise<ApprovalRecord | undefined> {
    return this.rows.get(id);
  }

  async waitFor(org: string, id: string, timeoutMs: number, signal?: AbortSignal): Promise<ApprovalRecord | undefined> {
    const until = Date.now() + timeoutMs;
    while (Date.now() < until && signal?.aborted !== true && this.rows.get(id)?.state === 'open')
      await new Promise((resolve) => setTimeout(resolve, 5));
    return this.find(org, id);
  }

  decide(id: string, state: ApprovalState): void {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`no approval ${id}`);
    this.rows.set(id, { ...row, state });
  }

  /** The only open one. */
  get last(): string {
    return [...this.rows.keys()].at(-1) ?? '';
  }

  /** An answer of the road that asks a person once for each request. */
  readonly gate = (ask: GovernAsk): Answer => {
    const { caller, action, resource, args, contentDigest } = ask;
    const key = JSON.stringify([caller.agent.id, caller.mandate?.id ?? null, action, resource, args, contentDigest]);
    const known = [...this.rows.values()].find((row) => row.key === key && (row.state === 'open' || row.state === 'approved'));
    if (known?.state === 'approved') {
      this.rows.set(known.id, { ...known, state: 'used' });
      return {};
    }
    const row = known ?? this.#open(key, ask);
    const url = `https://countersign.example/approve/${row.id}`;
    return {
      deny: denial('approval.required', {
        kind: 'approval',
        message: 'A person must approve this.',
        requestId: row.id,
        approval: { id: row.id, url, expiresAt: row.expiresAt },
      }),
    };
  };

  #open(key: string, ask: GovernAsk): ApprovalRecord & { readonly key: string } {
    this.#ids += 1;
    const now = Date.now();
    const row = {
      key,
      id: `apr_${this.#ids}`,
      org: 'org',
      decision: 'dec_held',
      requestDigest: key,
      shownDigest: '',
      revision: 'rev-1',
      requester: ask.caller.agent.id,
      onBehalfOf: ask.caller.onBehalfOf,
      mandate: ask.caller.mandate?.id ?? null,
      task: null,
      action: ask.action,
      actionClass: 'mutate-high',
      gates: [],
      shown: ask.shown ?? {},
      state: 'open' as const,
      openedAt: iso(now),
      expiresAt: iso(now + 3_600_000),
      usedBy: null,
      verdicts: [],
    };
    this.rows.set(row.id, row);
    return row;
  }
}
