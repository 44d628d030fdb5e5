/** What the API stands on. Ports where there is one; the rest are narrow interfaces of its own, wired where the process is put together. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ApprovalStore } from '../ports/approvals.ts';
import type { Clock, NewId } from '../ports/clock.ts';
import type { GrantScope } from '../ports/egress-settings.ts';
import type { HostHistory, TemporaryGrant } from '../ports/familiarity.ts';
import type { IdempotencyStore } from '../ports/idempotency.ts';
import type { IdentityStore, LiveView } from '../ports/identity.ts';
import type { LedgerReader, PayloadAnswer } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { MandateStore } from '../ports/mandate.ts';
import type { TaskMarks } from '../ports/marks.ts';
import type { Memory, MemoryListQuery, MemoryRecord } from '../ports/memory.ts';
import type { BudgetUnit, BudgetWindow, SnapshotSource } from '../ports/registry.ts';
import type { ReviewStore } from '../ports/review.ts';
import type { Road } from '../ports/road.ts';
import type { ShellScript } from '../ports/shell-script.ts';
import type { Tasks } from '../ports/tasks.ts';
import type { PinReport, ServerReport } from '../ports/tool-report.ts';

/** A person who is signed in, as the bundle in force knows them. */
export interface Person {
  readonly id: string;
  readonly credential: string;
  readonly groups: readonly string[];
  readonly admin: boolean;
}

export interface BudgetBalance {
  readonly scope: string;
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  readonly starts: string;
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  readonly raise: string;
}

export interface BudgetReader {
  list(
    org: string,
    query: { scope?: string; limit: number; cursor?: string },
  ): Promise<{ data: readonly BudgetBalance[]; nextCursor?: string }>;
}

/** Texts of a governance directory by path below it. */
export type BundleFiles = Readonly<Record<string, string>>;

export interface BundleFinding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
}

export interface BundlePlan {
  /** Revision that these files would make; null when they are refused. */
  readonly revision: string | null;
  /** Revision in force. */
  readonly base: string | null;
  readonly findings: readonly BundleFinding[];
  readonly changes: readonly { readonly file: string; readonly change: 'added' | 'changed' | 'removed' }[];
  readonly tests: { readonly passed: number; readonly failed: number };
  /** Where commands.yaml changes: its examples, judged by all of its rules, and what is allowed although it is unsafe. */
  readonly commands?: {
    readonly examples: readonly {
      readonly rule: string;
      readonly example: string;
      readonly kind: 'match' | 'not_match';
      readonly verdict: 'allow' | 'ask' | 'forbid';
      readonly rules: readonly string[];
    }[];
    readonly unsafe: readonly { readonly rule: string; readonly reason: string }[];
  };
}

export interface BundleDesk {
  current(): Promise<{ readonly revision: string; readonly files: BundleFiles } | undefined>;
  history(limit: number): Promise<readonly { readonly revision: string; readonly appliedAt: string; readonly by: string }[]>;
  plan(files: BundleFiles): Promise<BundlePlan>;
  /** @throws Fault bundle.invalid, with `findings` in its details; bundle.stale when the revision in force is not `expect` */
  apply(files: BundleFiles, by: string, expect: string | null): Promise<BundlePlan>;
}

export interface JobWatch {
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** Long work over the ledger; both end with a plain report and stop soon after `signal` aborts. */
export interface LedgerWork {
  replay(query: { from: number; to?: number }, watch: JobWatch): Promise<JsonRecord>;
  /** Of the policies in force. */
  usage(query: { from: number; to?: number }, watch: JobWatch): Promise<JsonRecord>;
  backtest(files: BundleFiles, query: { from: number; to?: number }, watch: JobWatch): Promise<JsonRecord>;
}

export interface PayloadDesk {
  /** Through the road (`payload.read`), with its entry. @throws Fault when the road denies */
  read(by: Person, digest: string, reason: string): Promise<PayloadAnswer>;
  /** Through the road (`payload.erase`). @returns digests that were erased @throws Fault when the road denies */
  erase(by: Person, what: { digests: readonly string[] } | { subject: string }, reason: string): Promise<readonly string[]>;
}

/** What sticks to a task, and its lowering by a person. */
export interface MarkDesk {
  read(task: string): Promise<TaskMarks>;
  /** Through the road (`task.declassify`), with its entry. @throws Fault when the road denies, or where the marks would rise */
  lower(by: Person, task: string, marks: TaskMarks, reason: string): Promise<void>;
}

export interface MemoryDesk {
  list(query: MemoryListQuery): Promise<{ readonly data: readonly MemoryRecord[]; readonly nextCursor?: string }>;
  find(id: string): Promise<MemoryRecord | undefined>;
  /** Through the road (`payload.read`). @throws Fault when the road denies */
  read(by: Person, id: string, reason: string): Promise<Memory | undefined>;
  /** Through the road (`payload.erase`). @param reason a code @returns how many there were @throws Fault when the road denies */
  forget(by: Person, memory: MemoryRecord, reason: string): Promise<number>;
}

export interface ExportDesk {
  /** Through the road (`ledger.export`): the files of an export, each whole, in the order in which a reader needs them. */
  files(
    by: Person,
    query: { from: number; payloads: boolean },
  ): AsyncIterable<{ readonly path: string; readonly bytes: Uint8Array }>;
}

/** One word of a person about definitions, bound to exactly what was shown. */
export interface ToolVerdict {
  readonly server: string;
  /** Null for the server as a whole. */
  readonly tool: string | null;
  readonly pin: string;
  readonly answer: 'approve' | 'reject';
  readonly reason: string;
}

export interface ToolDesk {
  servers(): readonly ServerReport[];
  /** @throws Fault request.not-found */
  server(id: string): ServerReport;
  /** @throws Fault request.not-found */
  definition(server: string, tool: string | null): PinReport;
  /** Definitions that wait for a person. */
  waiting(): readonly PinReport[];
  /** Names that the verdict would be about, the server's own empty. @throws Fault request.not-found, approval.stale */
  preview(verdict: ToolVerdict): readonly string[];
  /** Through the road (`tool.pin`). @returns as `preview` @throws Fault when the road denies; approval.stale */
  decide(by: Person, verdict: ToolVerdict): Promise<readonly string[]>;
  /** Asks the server now. @throws Fault request.not-found, request.conflict */
  refresh(server: string): Promise<ServerReport>;
}

/** What a person asks about an address before something runs. */
export interface EgressCheck {
  readonly url: string;
  readonly method: string;
  /** Absent: the first environment of the bundle. */
  readonly environment?: string;
  readonly repository?: string;
  readonly useCase?: string;
  /** A profile of egress.yaml. */
  readonly profile?: string;
}

export interface EgressChecked {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly environment: string;
  readonly verdict: 'allow' | 'ask' | 'deny' | 'unfamiliar' | 'report';
  readonly rule: string;
  readonly zone: string;
  /** The sentence of the rule, or why there is none. */
  readonly why: string;
  readonly action: string;
  readonly methods: readonly string[];
  readonly enforcement: string;
  readonly credential: string | null;
  readonly taints: readonly string[];
  /** What is known of the host, in a sentence. */
  readonly known: string;
}

export interface HostReport extends HostHistory {
  readonly says: string;
  readonly grants: readonly TemporaryGrant[];
}

export interface GrantAsk {
  readonly host: string;
  readonly scope: GrantScope;
  readonly of: string;
  /** Empty: any. */
  readonly methods: readonly string[];
  readonly minutes: number;
  readonly reason: string;
}

export interface EgressDesk {
  hosts(query: {
    limit: number;
    cursor?: string;
  }): Promise<{ readonly data: readonly HostHistory[]; readonly nextCursor?: string }>;
  /** @throws Fault request.invalid for what is no host */
  host(name: string): Promise<HostReport>;
  grants(query: { host?: string; standing: boolean; limit: number }): Promise<readonly TemporaryGrant[]>;
  /** @throws Fault request.invalid, config.invalid */
  check(ask: EgressCheck): Promise<EgressChecked>;
  /** The host in canonical form. @throws Fault request.invalid, request.conflict where the deny list has it */
  grantable(ask: GrantAsk): string;
  /** Through the road (`network.grant`), with its entry. @throws as `grantable`, or when the road denies */
  grant(by: Person, ask: GrantAsk): Promise<TemporaryGrant>;
  /** Through the road (`network.grant`), with its entry. @throws Fault request.not-found, or when the road denies */
  revoke(by: Person, id: string, reason: string): Promise<TemporaryGrant>;
}

export interface Counter {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface Readiness {
  readonly ready: boolean;
  /** What was checked, in a word each: `store`, `bundle`, `ledger`. */
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>;
}

export interface ApiDeps {
  readonly org: string;
  /** Where this installation is reached, without a trailing slash; links and the AuthZEN metadata are made of it. */
  readonly publicUrl: string;
  readonly road: Pick<Road, 'identify' | 'evaluate'>;
  readonly tasks: Tasks;
  readonly snapshots: SnapshotSource;
  /** Looks into shell text that could not be split; absent: nobody does. */
  readonly scripts?: Pick<ShellScript, 'inspect'>;
  readonly live: Pick<LiveView, 'credential' | 'mandate' | 'fresh' | 'refresh'>;
  readonly approvals: ApprovalStore;
  readonly identity: IdentityStore;
  readonly mandates: MandateStore;
  readonly ledger: LedgerReader;
  readonly payloads: PayloadDesk;
  readonly exports: ExportDesk;
  readonly marks: MarkDesk;
  readonly tools: ToolDesk;
  readonly memories: MemoryDesk;
  readonly egress: EgressDesk;
  readonly reviews: ReviewStore;
  readonly budgets: BudgetReader;
  readonly bundles: BundleDesk;
  readonly work: LedgerWork;
  readonly idempotency: IdempotencyStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** 32 random bytes, the same on every node: signs the approval page's sessions and form tokens. */
  readonly pageSecret: Uint8Array;
  /** Time for a whole request body; absent: the default of the body reader. */
  readonly bodyMs?: number;
  readonly version: string;
  /** Fault pages and other documents by path below /docs/, Markdown; undefined when there is none. */
  readonly document: (path: string) => string | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly counters: () => readonly Counter[];
}
