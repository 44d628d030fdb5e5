/** The registries as the process holds them: parsed, checked, immutable, one set per revision. */
import type { ActionClass } from '@countersign/kernel/action';
import type { BundleSource, CompiledBundle } from '@countersign/kernel/decide';

/** Data classes of the product, weakest first; the rank is the index. */
export const DATA_CLASSES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];
export type RoleName = 'planner' | 'editor' | 'executor';

export interface AgentRecord {
  readonly id: string;
  readonly purpose: string;
  readonly owner: string;
  readonly team: string;
  readonly environment: string;
  readonly dataClass: DataClass;
  readonly approvalGroup: string;
  readonly runbook: string;
  readonly role: RoleName;
  readonly tier: 1 | 2 | 3 | 4;
  readonly repositories: readonly string[];
  readonly capabilities: readonly string[];
  readonly useCases: readonly string[];
  /** OIDC logins that are this agent: issuer, audience and claims that must all match. */
  readonly logins: readonly OidcLogin[];
  readonly disabled: boolean;
}

export interface OidcLogin {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri?: string;
  readonly claims: Readonly<Record<string, string>>;
}

export interface PersonRecord {
  readonly id: string;
  /** `team:platform`, `group:dba` ... as named by approvers and escalation. */
  readonly groups: readonly string[];
  readonly admin: boolean;
}

/** Micro-USD per million tokens, disjoint kinds. */
export interface PriceVector {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
}

export interface PriceStep extends PriceVector {
  /** The step applies when the whole input is above this many tokens. */
  readonly aboveInputTokens: number;
}

export interface ModelCapabilities {
  readonly tools: boolean;
  readonly parallelTools: boolean;
  readonly streaming: boolean;
  readonly vision: boolean;
  readonly jsonSchema: boolean;
  readonly reasoning: boolean;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
}

export type WireFormat = 'responses' | 'chat' | 'messages';

export interface ModelRecord {
  /** What callers name in `model`. */
  readonly id: string;
  readonly provider: string;
  /** What the provider calls it. */
  readonly upstreamModel: string;
  readonly formats: readonly WireFormat[];
  readonly modelClass: string;
  readonly prices: PriceVector;
  readonly priceSteps: readonly PriceStep[];
  readonly priceRevision: string;
  readonly capabilities: ModelCapabilities;
  readonly preview: boolean;
  readonly enabled: boolean;
  readonly customerData: boolean;
  readonly outputMayTriggerActions: boolean;
  readonly teams: readonly string[];
  readonly environments: readonly string[];
  readonly useCases: readonly string[];
  readonly maxDataClass: DataClass;
  /** What a body may ask for besides plain inference; see the smuggling table of the model door. */
  readonly allow: {
    readonly hostedTools: readonly string[];
    readonly storedState: boolean;
    readonly remoteContent: boolean;
    readonly serviceTiers: readonly string[];
  };
  /** Caps per use case; absent means the model's own maximum. */
  readonly maxPromptTokens?: number;
  readonly maxOutputTokens?: number;
  /** Models to try when this one is down, in order. Each is decided anew. */
  readonly fallbacks: readonly string[];
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstByteMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  };
  readonly logs: 'digest' | 'full';
}

export interface ProviderRecord {
  readonly id: string;
  readonly kind: 'openai' | 'anthropic' | 'compatible';
  /** Base URL without trailing slash, `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Reference, `env:NAME` or `file:PATH`; resolved when the call is made, never stored in the bundle. */
  readonly credential: string | null;
  readonly concurrency: number;
  readonly queueMs: number;
}

export type BudgetUnit = 'microUsd' | 'tokens' | 'requests' | 'concurrency';
export type BudgetWindow = 'life' | 'month' | 'day' | 'hour' | 'minute';

export interface BudgetRule {
  /** `org`, `team:payments`, `team:*`, `agent:*`, `task:*`, `model:gpt-5.5`, `action:model.call`; a star makes one row per thing. */
  readonly scope: string;
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  readonly limit: number;
  /** Who may raise it, such as `team:finops`. */
  readonly raise: string;
  /** Fractions of the limit at which an alarm goes out once a window. */
  readonly alarms: readonly number[];
}

export interface RepositoryRecord {
  readonly id: string;
  readonly class: string;
  readonly defaultBranch: string;
  readonly dataClass: DataClass;
  readonly environment: string;
  readonly owners: string;
  readonly modules: readonly ModuleRecord[];
}

export interface ModuleRecord {
  readonly id: string;
  readonly path: string;
  readonly autonomous: boolean;
  readonly owners: string;
  readonly frozenUntil?: string;
}

export interface WebhookRecord {
  readonly id: string;
  readonly url: string;
  /** Reference to the Standard Webhooks secret (`env:`, `file:`). */
  readonly secret: string;
  readonly events: readonly string[];
}

export interface Settings {
  readonly organisation: string;
  readonly environments: readonly string[];
  readonly teams: readonly string[];
  readonly approvalExpiryMs: Readonly<Record<ActionClass | 'break-glass', number>>;
  /** Days that payloads are kept, by data class; 0 keeps only the digest. */
  readonly retentionDays: Readonly<Record<DataClass, number>>;
  /** Same request digest this often within the window, for one task: `loop.detected`. */
  readonly loop: { readonly repeats: number; readonly windowMs: number };
  /** How long a model call may be held open for an approval before it is denied with its request id. */
  readonly holdMs: number;
  readonly mandateTtlMs: number;
}

export interface BundleSnapshot {
  readonly revision: string;
  readonly source: BundleSource;
  readonly compiled: CompiledBundle;
  readonly settings: Settings;
  readonly agents: ReadonlyMap<string, AgentRecord>;
  readonly people: ReadonlyMap<string, PersonRecord>;
  readonly models: ReadonlyMap<string, ModelRecord>;
  readonly providers: ReadonlyMap<string, ProviderRecord>;
  readonly repositories: ReadonlyMap<string, RepositoryRecord>;
  readonly budgets: readonly BudgetRule[];
  readonly webhooks: readonly WebhookRecord[];
}

/** The bundle in force in this process; undefined means that everything is denied. One reference is taken at the start of each request. */
export interface SnapshotSource {
  current(): BundleSnapshot | undefined;
}
