/** What is known of hosts that sandboxes reached or asked for, and the grants by which people let them pass for a while. */
import type { GrantScope } from './egress-settings.ts';

/** Who was there: a host's history is kept apart for each. */
export interface Visitor {
  /** Empty where there was none. */
  readonly repository: string;
  /** Role of the agent, or `person`. */
  readonly agentKind: string;
}

/** What one run did at one host since it was told last. Counts are added up. */
export interface Sighting extends Visitor {
  readonly org: string;
  readonly host: string;
  /** Registrable domain, or the host where it has none. */
  readonly domain: string;
  readonly verdict: 'allowed' | 'denied';
  readonly runs: number;
  readonly connections: number;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

export interface HostHistory {
  readonly host: string;
  readonly domain: string;
  /** RFC 3339; null where nothing was ever let pass. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly runs: number;
  readonly denials: number;
  readonly connections: number;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  /** Those that reached it; at most 20 are named, `repositoryCount` has all. */
  readonly repositories: readonly string[];
  readonly repositoryCount: number;
  readonly agentKinds: readonly string[];
  readonly lastVerdict: 'allowed' | 'denied' | 'never';
  /** Who let it pass last, and when that ends or ended; null where no person ever did. */
  readonly approver: string | null;
  readonly approvedUntil: string | null;
}

/** A run, a task or a repository may reach a host until then. INVARIANT: there is always an end. */
export interface TemporaryGrant {
  readonly org: string;
  readonly id: string;
  readonly scope: GrantScope;
  /** Id of the run, the task or the repository. */
  readonly of: string;
  /** Canonical. */
  readonly host: string;
  /** Empty: any. */
  readonly methods: readonly string[];
  readonly by: string;
  readonly reason: string;
  /** Approval request that it came from; null where a person made it of their own accord. */
  readonly approval: string | null;
  /** Decision that it came from. */
  readonly decision: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly revokedBy: string | null;
}

export type GrantDraft = Omit<TemporaryGrant, 'createdAt' | 'revokedAt' | 'revokedBy'>;

export interface GrantQuery {
  readonly org: string;
  readonly host: string;
  readonly run: string;
  readonly task: string | null;
  readonly repository: string | null;
}

export interface Familiarity {
  /** @throws Fault store.*: then nothing is known, and what is not known is denied */
  history(org: string, host: string): Promise<HostHistory>;
  /** Unexpired and not revoked, for this run, its task or its repository. @throws Fault store.* */
  standing(query: GrantQuery): Promise<readonly TemporaryGrant[]>;
  /** Those of the ids that still stand. @throws Fault store.* */
  stillStanding(org: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** @throws Fault store.* */
  note(sightings: readonly Sighting[]): Promise<void>;
  /** With its entry; the same id again changes nothing. @throws Fault store.* */
  grant(draft: GrantDraft): Promise<TemporaryGrant>;
  /** With its entry; one that was revoked already stays as it is. @throws Fault request.not-found, store.* */
  revoke(org: string, id: string, revocation: { readonly by: string; readonly decision: string }): Promise<TemporaryGrant>;
  /** Newest first. */
  grants(org: string, query: { host?: string; standing?: boolean; limit: number }): Promise<readonly TemporaryGrant[]>;
  /** By name. */
  hosts(org: string, query: { after?: string; limit: number }): Promise<readonly HostHistory[]>;
}

/** Whether a grant covers what is asked: any method, or each of them. */
export const grantCovers = ({ methods }: Pick<TemporaryGrant, 'methods'>, asked: readonly string[]): boolean =>
  methods.length === 0 || (asked.length > 0 && asked.every((method) => methods.includes(method)));
