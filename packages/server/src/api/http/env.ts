/** What a request carries from one middleware to the next. */
import type { Caller as AgentCaller } from '../../ports/road.ts';
import type { Person } from '../deps.ts';

export type ApiCaller =
  | { readonly kind: 'person'; readonly id: string; readonly person: Person }
  | { readonly kind: 'agent'; readonly id: string; readonly agent: AgentCaller };

export interface ApiEnv {
  Variables: {
    requestId: string;
    /** W3C trace id, 32 hex digits. */
    trace: string;
    caller: ApiCaller;
    /** Body to keep for a retry with the same Idempotency-Key, where it differs from the answer: a secret is shown once. */
    keepInstead: string;
  };
}
