/** The registries as the process holds them: parsed, checked, immutable, one set per revision. */
import type { ActionClass } from '@countersign/kernel/action';
import type { CommandRules } from '@countersign/kernel/command';
import type { BundleSource, CompiledBundle } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';
import type { FindingKind } from '@countersign/kernel/redact';
import type { ReviewSettings } from './review.ts';
import type { EgressSettings } from './egress-settings.ts';
import type { SandboxProfile } from './sandbox-profile.ts';
import type { Strength } from './sandbox-spec.ts';
import type { Taint } from './taint.ts';

export { TAINTS, type Taint } from './taint.ts';
import type { ClientSettings } from './clients.ts';

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
  /** `org`, `team:payments`, `team:*`, `agent:*`, `task:*`, `model:gpt-5.5`, `action:model.call`, `tool:issues/create`, `server:issues`; a star makes one row per thing. */
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

/** Name of an environment variable, header, query parameter or body member that carries a credential of ours, by reference. */
export interface InjectedCredential {
  readonly in: 'env' | 'header' | 'query';
  readonly name: string;
  /** `env:NAME`, `file:PATH`; resolved when the call is made, never stored in the bundle. */
  readonly reference: string;
  /** Put before the value, such as `Bearer `. */
  readonly prefix: string;
}

export type ToolTransport =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string | null;
      /** Literal values; nothing else of our own environment reaches the child but PATH, HOME (a private one), LANG and TZ. */
      readonly env: Readonly<Record<string, string>>;
      /** `sha256:<hex>` of the file that is run, checked before each start. */
      readonly digest: string | null;
    }
  | { readonly kind: 'http'; readonly url: string; readonly privateAddresses: boolean }
  | {
      readonly kind: 'openapi';
      /** Path of the document below `tools/` of the governance directory; its text is part of the bundle. */
      readonly document: string;
      readonly text: string;
      /** The operator's; the document's own `servers` do not count. */
      readonly url: string;
      readonly privateAddresses: boolean;
    }
  | { readonly kind: 'operations'; readonly url: string; readonly privateAddresses: boolean }
  | { readonly kind: 'memory' };

/** One declared HTTP operation of a server of kind `operations`. */
export interface HttpOperation {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template below the server's URL: `/issues/{number}`. */
  readonly path: string;
  readonly description: string;
  /** JSON Schema 2020-12 of the arguments. */
  readonly input: JsonRecord;
  readonly output?: JsonRecord;
  /** Where each argument goes; absent members go into the path by name, else query for GET, HEAD, DELETE and JSON body for the rest. */
  readonly place: Readonly<Record<string, 'path' | 'query' | 'header' | 'body'>>;
}

export interface OperationRecord {
  /** The server's own name of the tool, or operationId. */
  readonly name: string;
  /** Exposed name, where it differs from `server__tool`. */
  readonly alias: string | null;
  /** Null: the strictest of annotations and verb counts. */
  readonly class: ActionClass | null;
  /** Why the class is lower than annotations and verb suggest; not empty where it is. */
  readonly reason: string | null;
  readonly environments: readonly string[] | null;
  /** Asks a person for each call, whatever the class. */
  readonly approval: boolean;
  /** JSON Schema laid over the server's own: both must hold. */
  readonly arguments: JsonRecord | null;
  readonly argumentBytesMax: number | null;
  readonly resultBytesMax: number | null;
  readonly timeoutMs: number | null;
  readonly ratePerMinute: number | null;
  readonly idempotent: boolean;
  readonly retries: number;
  /** Argument or header that takes our idempotency key. */
  readonly idempotencyKey: { readonly in: 'argument' | 'header'; readonly name: string } | null;
  /** JSON pointers into the result whose values are withheld. */
  readonly redact: readonly string[];
  /** JSON pointers into the arguments that may hold a secret. */
  readonly secretArguments: readonly string[];
  readonly taints: readonly Taint[] | null;
  readonly dataClass: DataClass | null;
  /** Definition pin that the bundle itself approves, SHA-256 hex. */
  readonly pin: string | null;
  readonly http?: HttpOperation;
}

export interface ToolServerRecord {
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  readonly environment: string;
  readonly transport: ToolTransport;
  readonly credentials: readonly InjectedCredential[];
  readonly teams: readonly string[];
  readonly environments: readonly string[];
  readonly useCases: readonly string[];
  /** What its results are at least. */
  readonly dataClass: DataClass;
  /** What may be sent to it at most. */
  readonly maxDataClass: DataClass;
  /** Taints that its results and its mere use bring; a tool that says nothing brings `untrusted`. */
  readonly taints: readonly Taint[];
  /** `declared`: only operations that are listed. `all`: every pinned tool. */
  readonly expose: 'declared' | 'all';
  /** By name, each once. An archive holds records as JSON, so this is a list. */
  readonly operations: readonly OperationRecord[];
  readonly concurrency: number;
  readonly queueMs: number;
  readonly timeoutMs: number;
  readonly argumentBytesMax: number;
  readonly resultBytesMax: number;
  readonly ratePerMinute: number | null;
  /** Elicitation of the server may reach the agent's user. */
  readonly elicitation: boolean;
  /** Hosts that an elicitation by URL may lead to. */
  readonly elicitationHosts: readonly string[];
  /** The server may ask the agent's client for a completion of its model, which the agent's side pays for. */
  readonly sampling: boolean;
  /** The server may read the paths that the agent's client works in. */
  readonly roots: boolean;
  readonly enabled: boolean;
}

/** Who may read a memory, finest first: one task, one agent, the agents of a team, tasks on a repository, everyone. */
export const MEMORY_SCOPES = ['task', 'agent', 'team', 'repository', 'organisation'] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** What agents may remember of one data class. */
export interface MemoryRule {
  readonly allowed: boolean;
  /** Longest life, days. */
  readonly days: number;
  readonly finest: MemoryScope;
  readonly coarsest: MemoryScope;
}

/**
 * `prompts`: what goes to a model; `answers`: what a model says; `toolArguments` and `toolResults`; `definitions`: what tools say of
 * themselves; `records`: what is stored or logged.
 */
export const SCAN_PLACES = ['prompts', 'answers', 'toolArguments', 'toolResults', 'definitions', 'records'] as const;
export type ScanPlace = (typeof SCAN_PLACES)[number];

/**
 * Weakest first. `report`: it raises the class and taints; `fit`: taken out where agent or mandate is of a lower class than it raises to, else
 * reported; `redact`: taken out, and then it raises nothing; `deny`: nothing goes on.
 */
export const SCAN_ACTIONS = ['report', 'fit', 'redact', 'deny'] as const;
export type ScanAction = (typeof SCAN_ACTIONS)[number];

export type ScanActions = Readonly<Record<FindingKind, ScanAction>>;

/** A finding that people have looked at. */
export interface ScanException {
  readonly rule?: string;
  /** HMAC of kind and value, hex, as findings name it. */
  readonly fingerprint?: string;
  /** Only in files below this glob; without one, everywhere. */
  readonly path?: string;
  readonly reason: string;
  /** RFC 3339; from then on it is a finding again. */
  readonly until: string;
}

export interface ScanSettings {
  readonly actions: Readonly<Record<ScanPlace, ScanActions>>;
  /** Regions whose national ids are looked for, ISO 3166. */
  readonly regions: readonly string[];
  readonly exceptions: readonly ScanException[];
  /** Values are put back for their placeholders where what they raise to is at most this class. */
  readonly reversible: DataClass;
}

/** The weakest kind of sandbox for commands of these classes, with data of these classes; absent members fit everything. */
export interface StrengthRule {
  readonly commands?: readonly ActionClass[];
  readonly data?: readonly DataClass[];
  readonly least: Strength;
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
  readonly memory: Readonly<Record<DataClass, MemoryRule>>;
  /** Absent in archives that are older; `scanSettings` then gives the defaults. */
  readonly scanning?: ScanSettings;
  /** Absent where profiles alone say how strong a sandbox has to be. */
  readonly strengths?: readonly StrengthRule[];
  /** Absent where people decide everything. */
  readonly review?: ReviewSettings;
  /** Absent: no client is under management. */
  readonly clients?: ClientSettings;
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
  readonly toolServers: ReadonlyMap<string, ToolServerRecord>;
  /** Without commands.yaml, and in archives that are older, there are no rules and everything is forbidden. */
  readonly commands: CommandRules;
  readonly egress: EgressSettings;
  /** Profiles of sandboxes by name. */
  readonly profiles: ReadonlyMap<string, SandboxProfile>;
}

/** The bundle in force in this process; undefined means that everything is denied. One reference is taken at the start of each request. */
export interface SnapshotSource {
  current(): BundleSnapshot | undefined;
}
