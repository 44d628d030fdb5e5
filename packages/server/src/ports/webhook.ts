/** Messages to the outside: what is due, and how one is delivered. Sent at least once; the receiver knows a repetition by its id. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { WebhookRecord } from './registry.ts';

export interface DueMessage {
  readonly org: string;
  /** Id of the ledger entry that tells the same. */
  readonly id: string;
  /** `approval.requested`, `kill.set` ... */
  readonly kind: string;
  readonly body: JsonRecord;
  /** Deliveries that were tried before this one. */
  readonly attempts: number;
}

export interface DueMessages {
  /** Due messages, hidden from other claims for a while; a sender that dies lets them come back. */
  claimOutbox(limit: number): Promise<readonly DueMessage[]>;
  markDelivered(org: string, id: string): Promise<void>;
  /** Due again after `retryMs`, or given up when null. */
  markFailed(org: string, id: string, retryMs: number | null, reason: string): Promise<void>;
}

export interface WebhookDelivery {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly kind: string;
  readonly body: JsonRecord;
}

/** `permanent`: trying again cannot help. `reason` is for the log and names no secret. */
export type Delivered = { readonly ok: true } | { readonly ok: false; readonly permanent: boolean; readonly reason: string };

export interface WebhookSender {
  /** One signed POST, as Standard Webhooks says. Never throws. */
  send(hook: WebhookRecord, delivery: WebhookDelivery): Promise<Delivered>;
}
