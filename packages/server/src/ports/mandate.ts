/** What a task was admitted to do. Signed when it is issued; the signature is checked whenever it is read from the store. */
import type { RoleName } from './registry.ts';

export interface Mandate {
  readonly id: string;
  readonly org: string;
  readonly task: string;
  readonly agent: string;
  readonly role: RoleName;
  readonly onBehalfOf: string;
  readonly ticket: string;
  readonly repository: string;
  readonly paths: readonly string[];
  readonly capabilities: readonly string[];
  /** Actions that may be asked under it, such as `model.call`. */
  readonly actions: readonly string[];
  readonly useCase: string;
  readonly environment: string;
  readonly dataClass: string;
  readonly budgetMicroUsd: number;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly revision: string;
  /** The decision that admitted the task. */
  readonly decision: string;
}

export interface SignedMandate {
  readonly mandate: Mandate;
  /** Ed25519 over the canonical JSON of the mandate, base64. */
  readonly signature: string;
  readonly keyId: string;
}

export type MandateState = 'active' | 'revoked' | 'expired';

export interface MandateStore {
  insert(signed: SignedMandate): Promise<void>;
  find(org: string, id: string): Promise<{ signed: SignedMandate; state: MandateState } | undefined>;
  list(
    org: string,
    query: { limit: number; cursor?: string; agent?: string },
  ): Promise<{ data: { signed: SignedMandate; state: MandateState }[]; nextCursor?: string }>;
}
