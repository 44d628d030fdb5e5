/** Model providers, as the model door calls them. One exchange is one governed act: the grant comes first, or nothing is sent. */
import type { Grant } from './grant.ts';
import type { ModelRecord, ProviderRecord } from './registry.ts';

export interface UpstreamCall {
  readonly provider: ProviderRecord;
  readonly model: ModelRecord;
  /** The action that the grant must be for. */
  readonly action: 'model.call' | 'model.count';
  /** Agent id; waiting calls of one provider are served fairly by agent. */
  readonly agent: string;
  /** Below the provider's base URL, query included: `/responses`, `/messages?beta=true`. */
  readonly path: string;
  /** Name, value, name, value ...; end-to-end headers only, without credentials, host and length. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export type UpstreamFailureKind =
  | 'unresolved' // the provider's credential or base URL cannot be resolved
  | 'open' // the breaker is open
  | 'queue' // no free place within the provider's queue time
  | 'refused' // no connection
  | 'connect-timeout'
  | 'first-byte-timeout'
  | 'idle-timeout'
  | 'total-timeout'
  | 'reset' // the connection went away
  | 'garbage' // not HTTP, or not what was asked for
  | 'aborted'; // by the door

export interface UpstreamFailure {
  readonly kind: UpstreamFailureKind;
  /** False only when it is known that nothing was sent. What was sent is spent until the provider says otherwise. */
  readonly sent: boolean;
  /** The retry budget has room for another attempt, as a new act. */
  readonly again: boolean;
  /** For the log. */
  readonly internal: string;
}

/** Calls come in this order: `start`, `data` any number of times, then `end` or `fail`; or `fail` alone. Nothing after the last. */
export interface UpstreamSink {
  start(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  data(chunk: Buffer): void;
  /** The transport ended cleanly. Whether the answer is complete is for the format to say. */
  end(): void;
  fail(failure: UpstreamFailure): void;
}

export interface UpstreamExchange {
  pause(): void;
  resume(): void;
  /** Closes the connection to the provider at once, or leaves the queue. `fail` is not called any more. */
  abort(): void;
  /** What the answer turned out to be, once, after its end: the breaker counts it. `neutral` says nothing about the provider's health. */
  verdict(verdict: 'good' | 'bad' | 'neutral'): void;
  /** Attempts made so far, retries of known-free failures included. */
  attempts(): number;
}

export interface Upstream {
  /** @throws TypeError without a valid grant for `call.action` */
  call(grant: Grant, call: UpstreamCall, sink: UpstreamSink): UpstreamExchange;
  /** False while the breaker for this model is open; a hint, so that a fallback can be chosen before asking for its decision. */
  available(provider: string, model: string): boolean;
}
