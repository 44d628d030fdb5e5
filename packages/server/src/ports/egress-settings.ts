/** What egress.yaml comes to: who may reach what from a sandbox, and what is done about hosts that nobody listed. Plain JSON, since archives hold it. */
import type { EgressRule } from '@countersign/kernel/egress';
import type { Taint } from './taint.ts';

export const UNFAMILIAR_MODES = ['deny', 'ask', 'report'] as const;
export type UnfamiliarMode = (typeof UNFAMILIAR_MODES)[number];

/** How far a temporary grant reaches. There is none that holds always: that is a rule, and a reviewed change. */
export const GRANT_SCOPES = ['run', 'task', 'repository'] as const;
export type GrantScope = (typeof GRANT_SCOPES)[number];

/** A named group of rules; policies know its hosts as the zone of that name. */
export interface EgressSet {
  readonly id: string;
  readonly why: string;
  /** What a connection to one of its hosts brings into a task. */
  readonly taints: readonly Taint[];
  readonly rules: readonly EgressRule[];
}

export interface EgressLimits {
  /** Of one run, where no rule says otherwise. */
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly connections: number;
  /** Different names below one wildcard in one run: more would be a way to carry data in names. */
  readonly names: number;
  /** Of one run to each host that nobody listed. */
  readonly unfamiliarUploadBytes: number;
}

/** What a profile of sandboxes may name: sets beside those that everything in its environment has. */
export interface EgressTemplate {
  readonly id: string;
  readonly sets: readonly string[];
  /** Absent: as the environment has it. The stricter of the two holds. */
  readonly unfamiliar?: UnfamiliarMode;
}

export interface EgressSettings {
  /** Before everything else. */
  readonly deny: readonly EgressRule[];
  readonly sets: readonly EgressSet[];
  readonly profiles: readonly EgressTemplate[];
  /** Names of sets. */
  readonly use: {
    readonly always: readonly string[];
    readonly environments: Readonly<Record<string, readonly string[]>>;
    readonly repositories: Readonly<Record<string, readonly string[]>>;
    readonly useCases: Readonly<Record<string, readonly string[]>>;
  };
  /** By environment; one that is absent denies. */
  readonly unfamiliar: Readonly<Record<string, UnfamiliarMode>>;
  readonly grant: { readonly scope: GrantScope; readonly ttlMs: number };
  readonly limits: EgressLimits;
  readonly credentials: readonly BoundCredential[];
}

/** A secret that the door puts into requests, so that the agent never has it. */
export interface EgressCredential {
  /** As the bundle names it; the record has this and never the value. */
  readonly name: string;
  /** `env:NAME`, `file:PATH`; read when a request is sent. */
  readonly reference: string;
  readonly kind:
    | { readonly type: 'header'; readonly header: string; readonly prefix: string }
    /** Password of the Basic scheme. */
    | { readonly type: 'basic'; readonly user: string }
    /** The request is signed again with AWS Signature Version 4; the reference holds the secret key. */
    | { readonly type: 'aws'; readonly accessKey: string; readonly region: string; readonly service: string };
}

/** A credential with the only places that it may be sent to. */
export interface BoundCredential extends EgressCredential {
  readonly hosts: readonly string[];
  /** Prefixes; absent: any path of these hosts. */
  readonly paths?: readonly string[];
}

/** Zones that no set has: hosts that nobody listed, rules of a profile file, and the deny list. */
export const ZONES = { unfamiliar: 'unfamiliar', inline: 'profile', denied: 'denied' } as const;

export const EGRESS_LIMITS: EgressLimits = Object.freeze({
  uploadBytes: 5 * 1_048_576,
  downloadBytes: 2 * 1_073_741_824,
  connections: 256,
  names: 50,
  unfamiliarUploadBytes: 65_536,
});

/** A bundle without egress.yaml lets nothing out. */
export const NO_EGRESS: EgressSettings = Object.freeze({
  deny: [],
  sets: [],
  profiles: [],
  use: { always: [], environments: {}, repositories: {}, useCases: {} },
  unfamiliar: {},
  grant: { scope: 'run', ttlMs: 3_600_000 },
  limits: EGRESS_LIMITS,
  credentials: [],
} satisfies EgressSettings);
