/** Credentials, kill switches and what is known of them in this process. */
import type { ClientName, SightingState } from './clients.ts';
import type { Mandate } from './mandate.ts';

export interface CredentialRecord {
  readonly id: string;
  readonly org: string;
  readonly kind: 'agent' | 'person';
  /** Agent id or person id. */
  readonly subject: string;
  /** SHA-256 of the secret part, hex; the secret itself is shown once and never stored. */
  readonly secretHash: string;
  /** A key that carries its mandate: for clients that can send nothing but a key. */
  readonly mandate: string | null;
  readonly onBehalfOf: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Device that it is of; what the device says of mandate, expiry and revocation is in the members above. */
  readonly device?: string;
  /** What the client that uses it showed last. */
  readonly client?: SeenClient;
}

/** A client as it showed itself, and what was made of it when it was seen. */
export interface SeenClient {
  readonly name: ClientName;
  readonly version: string;
  readonly state: SightingState;
}

export type KillTarget = { readonly kind: 'all' } | { readonly kind: 'team' | 'agent'; readonly id: string };

export interface KillSwitch {
  readonly target: KillTarget;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: string;
}

/**
 * What this process knows of revocations, kept fresh by polling. INVARIANT: a view older than `STALE_MS` answers `fresh() === false`, and the
 * road then denies; so a revocation is effective everywhere within that time.
 */
export interface LiveView {
  fresh(): boolean;
  /** Looks at the store now if the view is stale. @returns whether it is fresh; never throws */
  refresh(): Promise<boolean>;
  killed(agent: string, team: string): KillSwitch | undefined;
  /** By credential id; a miss asks the store once, so that a key works on every node as soon as it is issued. */
  credential(id: string): CredentialRecord | undefined | Promise<CredentialRecord | undefined>;
  /** Checked mandate (signature, expiry, revocation); the same rule for misses. */
  mandate(id: string): MandateAnswer | Promise<MandateAnswer>;
  /** An open break-glass for this agent (and mandate, when it names one). */
  breakGlass(agent: string, mandate: string | null): BreakGlass | undefined;
}

/** A person opened the way for a short time, with a reason; it is reviewed afterwards. It stands in for gates, never for limits. */
export interface BreakGlass {
  readonly id: string;
  readonly org: string;
  readonly openedBy: string;
  readonly reason: string;
  readonly agent: string;
  readonly mandate: string | null;
  /** Gate classes that count as approved while it is open. */
  readonly gates: readonly string[];
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly review: {
    readonly by: string;
    readonly at: string;
    readonly verdict: 'justified' | 'unjustified';
    readonly note: string;
  } | null;
}

/** Writes of identity state; each one with its ledger entry in the same transaction. `by` is a person id. */
export interface IdentityStore {
  issue(record: CredentialRecord, by: string): Promise<void>;
  revoke(org: string, credential: string, by: string, reason: string): Promise<CredentialRecord>;
  revokeMandate(org: string, mandate: string, by: string, reason: string): Promise<void>;
  credentials(org: string, subject?: string): Promise<readonly CredentialRecord[]>;
  setKill(org: string, kill: KillSwitch): Promise<void>;
  clearKill(org: string, target: KillTarget, by: string, reason: string): Promise<void>;
  kills(org: string): Promise<readonly KillSwitch[]>;
  openBreakGlass(draft: Omit<BreakGlass, 'openedAt' | 'review'>): Promise<BreakGlass>;
  /** @throws Fault approval.forbidden when the reviewer is the opener */
  reviewBreakGlass(
    org: string,
    id: string,
    review: { by: string; verdict: 'justified' | 'unjustified'; note: string },
  ): Promise<BreakGlass>;
  breakGlasses(org: string): Promise<readonly BreakGlass[]>;
}

export type MandateAnswer =
  | { readonly ok: true; readonly mandate: Mandate }
  | { readonly ok: false; readonly why: 'missing' | 'invalid' | 'expired' | 'revoked' };

/** A kill or revocation must be effective on every node within 2 s: the view polls every 500 ms and is stale after 1,500 ms. */
export const POLL_MS = 500;
export const STALE_MS = 1_500;

/** Verifies a JSON web token against the issuers that the bundle names. */
export interface TokenVerifier {
  /** @returns issuer and verified claims @throws Fault identity.invalid or identity.expired */
  verify(token: string): Promise<{
    readonly issuer: string;
    readonly audience: readonly string[];
    readonly claims: Readonly<Record<string, unknown>>;
  }>;
}
