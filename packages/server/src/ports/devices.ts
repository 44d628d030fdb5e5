/** Machines on which a client is signed in: who let it in, what for, and what was seen of it. */
import type { ClientName, SightingState } from './clients.ts';
import type { CredentialRecord } from './identity.ts';

/** A client that asks to be let in, until a person says whether. */
export interface DeviceLogin {
  readonly org: string;
  /** SHA-256 of the device code, hex. */
  readonly codeHash: string;
  /** `BCDF-GHJK`: what the person compares. */
  readonly userCode: string;
  readonly client: ClientName;
  /** As the client names itself; a claim. */
  readonly userAgent: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly state: 'open' | 'authorized' | 'refused' | 'used';
  readonly device: string | null;
}

export interface DeviceRecord {
  readonly id: string;
  readonly org: string;
  readonly client: ClientName;
  readonly agent: string;
  /** Mandate that every call of the device is under; null: the client names one itself. */
  readonly mandate: string | null;
  /** Person on whose behalf it acts. */
  readonly onBehalfOf: string;
  /** What people call it. */
  readonly label: string;
  readonly authorizedBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  /** When it last refreshed its token or fetched its settings. */
  readonly seenAt: string | null;
}

/** What a client showed last, with the judgement on it. */
export interface Sighting {
  /** Device id, or credential id where there is no device. */
  readonly subject: string;
  readonly client: ClientName;
  readonly version: string;
  readonly state: SightingState;
  readonly since: string;
  readonly seenAt: string;
}

export type Poll =
  | { readonly state: 'pending' | 'slow' | 'refused' | 'expired' }
  | { readonly state: 'authorized'; readonly device: DeviceRecord };

/** What a device is given in exchange for a code or a refresh token; secrets as hashes only. */
export interface TokenDraft {
  readonly access: CredentialRecord;
  readonly refreshHash: string;
  /** Kept between two uses of the same refresh token, whose answer may have been lost. */
  readonly nowMs: number;
}

/** Every write with its ledger entry in the same transaction. */
export interface DeviceStore {
  /** @throws Fault request.rate-limited while too many wait */
  begin(login: DeviceLogin): Promise<void>;
  /** Open and not expired. */
  login(org: string, userCode: string): Promise<DeviceLogin | undefined>;
  /** `key`: the credential of the device's own copy of the settings. `pathHash`: of the secret in its settings' address. @throws Fault request.not-found, request.conflict */
  authorize(draft: {
    readonly userCode: string;
    readonly device: DeviceRecord;
    readonly key: CredentialRecord;
    readonly pathHash: string;
  }): Promise<DeviceRecord>;
  /** @throws Fault request.not-found */
  refuse(org: string, userCode: string): Promise<void>;
  /** Spends the code where it was authorized. `token` is called with the device then. */
  poll(org: string, codeHash: string, token: (device: DeviceRecord) => TokenDraft): Promise<Poll>;
  /**
   * Undefined where the token is not the newest one of a device that is let in. A token that was replaced and comes again is in two hands: its
   * device is revoked. `named`: the device that it was given to, where that is known, however long ago it was.
   */
  refresh(
    org: string,
    refreshHash: string,
    token: (device: DeviceRecord) => TokenDraft,
    named?: string,
  ): Promise<DeviceRecord | undefined>;
  /** By the hash of the secret in its settings' address; undefined where it is not let in any more. */
  byPath(org: string, pathHash: string): Promise<DeviceRecord | undefined>;
  /** The device that a credential belongs to; undefined where none, or not let in any more. */
  byCredential(org: string, credential: string): Promise<DeviceRecord | undefined>;
  find(org: string, id: string): Promise<DeviceRecord | undefined>;
  list(org: string, query: { limit: number; cursor?: string }): Promise<{ data: readonly DeviceRecord[]; nextCursor?: string }>;
  /** In force on every node within two seconds. @throws Fault request.not-found */
  revoke(org: string, id: string, by: string, reason: string): Promise<DeviceRecord>;
  /** @throws Fault request.not-found */
  bind(org: string, id: string, mandate: string | null, by: string): Promise<DeviceRecord>;
  /** Remembers the checksum of the settings that the device was given, and the one before. */
  served(org: string, id: string, checksum: string): Promise<void>;
  sightings(org: string): Promise<readonly Sighting[]>;
}

/** Whose settings: those of a client on machines, or in sandboxes of ours. One kind replaces only what was given out before of the same kind. */
export type PublishedFor = ClientName | `${ClientName}-inside`;

/** What was seen of clients, written by doors. */
export interface SightingStore {
  /** With an entry where the judgement on the subject changes. */
  put(org: string, sighting: Omit<Sighting, 'since' | 'seenAt'>): Promise<void>;
  /** Remembers that these settings are given out from now on. */
  publish(org: string, client: PublishedFor, digest: string): Promise<void>;
  /** Settings that were given out, with the time at which others took their place; null: they are in force. */
  published(org: string): Promise<ReadonlyMap<string, number | null>>;
}
