/** Calls to model providers over undici pools, one per origin and connect timeout. */
import { Pool } from 'undici';
import type { Clock } from '../../ports/clock.ts';
import { Grant } from '../../ports/grant.ts';
import type { ProviderRecord } from '../../ports/registry.ts';
import type { Upstream, UpstreamCall, UpstreamExchange, UpstreamSink } from '../../ports/upstream.ts';
import { Breaker, BREAKER_TERMS, type BreakerTerms } from '../shared/breaker.ts';
import { Credentials, type Environment } from '../shared/credential.ts';
import { Exchange } from './exchange.ts';
import { Places } from '../shared/places.ts';
import { RetryBudget } from '../shared/retry.ts';
import { outgoing, type Target, targetOf } from './target.ts';

export interface UpstreamDeps {
  readonly clock: Clock;
  readonly environment: Environment;
  /** From 0 to 1, exclusive; for jitter only. */
  readonly random: () => number;
  readonly breaker?: BreakerTerms;
}

/** Idle connections are closed before the usual minute at which load balancers close them, so that few are found dead. */
const KEEP_ALIVE_MS = 30_000;
const RESPONSE_HEADER_BYTES_MAX = 64 * 1_024;

interface Provider {
  readonly places: Places;
  readonly budget: RetryBudget;
  readonly target: Target | undefined;
}

export class Providers implements Upstream {
  readonly #deps: UpstreamDeps;
  readonly #credentials: Credentials;
  readonly #pools = new Map<string, Pool>();
  readonly #breakers = new Map<string, Breaker>();
  /** By record: a new revision's record starts with fresh places while calls under the old one end. */
  readonly #providers = new Map<string, Provider>();

  constructor(deps: UpstreamDeps) {
    this.#deps = deps;
    this.#credentials = new Credentials(deps.clock, deps.environment);
  }

  call(grant: Grant, call: UpstreamCall, sink: UpstreamSink): UpstreamExchange {
    const terms = Grant.check(grant, call.action);
    if (terms.expiresAt <= this.#deps.clock.now()) throw new TypeError('the grant has expired');
    if (terms.resource.id !== call.model.id) throw new TypeError('the grant is for another model');
    const provider = this.#provider(call.provider);
    const secret = this.#credentials.resolve(call.provider.credential);
    if (provider.target === undefined || secret === undefined) return unresolved(call.provider, sink);
    const exchange = new Exchange(call, sink, {
      pool: this.#pool(provider.target.origin, call.model.timeouts.connectMs),
      path: provider.target.prefix + call.path,
      headers: outgoing(call.headers, call.provider, secret),
      places: provider.places,
      breaker: this.#breaker(call.provider.id, call.model.id),
      budget: provider.budget,
      random: this.#deps.random,
    });
    // Failures that are known at once are told after the caller has its exchange.
    queueMicrotask(() => exchange.begin());
    return exchange;
  }

  available(provider: string, model: string): boolean {
    return this.#breakers.get(`${provider} ${model}`)?.available ?? true;
  }

  /** Closes idle connections and waits for calls in flight. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #provider(record: ProviderRecord): Provider {
    const key = `${record.id} ${record.concurrency} ${record.baseUrl}`;
    const known = this.#providers.get(key);
    if (known !== undefined) return known;
    const made = { places: new Places(record.concurrency), budget: new RetryBudget(), target: targetOf(record.baseUrl) };
    this.#providers.set(key, made);
    return made;
  }

  #breaker(provider: string, model: string): Breaker {
    const key = `${provider} ${model}`;
    const known = this.#breakers.get(key);
    if (known !== undefined) return known;
    const made = new Breaker(this.#deps.clock, this.#deps.breaker ?? BREAKER_TERMS);
    this.#breakers.set(key, made);
    return made;
  }

  #pool(origin: string, connectMs: number): Pool {
    const key = `${origin} ${connectMs}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const made = new Pool(origin, {
      connectTimeout: connectMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
    });
    this.#pools.set(key, made);
    return made;
  }
}

function unresolved(provider: ProviderRecord, sink: UpstreamSink): UpstreamExchange {
  let over = false;
  queueMicrotask(() => {
    if (!over)
      sink.fail({ kind: 'unresolved', sent: false, again: false, internal: `credential or base URL of provider ${provider.id}` });
  });
  return {
    pause: () => undefined,
    resume: () => undefined,
    abort: () => {
      over = true;
    },
    verdict: () => undefined,
    attempts: () => 0,
  };
}
