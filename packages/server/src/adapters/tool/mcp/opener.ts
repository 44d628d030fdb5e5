/** Opens sessions: finds the era of a server, once a day, and speaks it. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { Credentials } from '../../shared/credential.ts';
import type { ToolUpstreamsDeps } from '../deps.ts';
import { asFailed, type Failed, garbage } from '../failed.ts';
import type { Limits } from '../parts/limits.ts';
import { plainUrl } from '../parts/url.ts';
import { resolveSecrets, type Secrets } from '../parts/secrets.ts';
import type { Dialer } from '../wire/http/dial.ts';
import { StatusFailed } from '../wire/http/reply.ts';
import { HttpWire } from '../wire/http/wire.ts';
import type { Hear, Wire } from '../wire/wire.ts';
import type { KnownTools } from './known.ts';
import { Home, prepareChild } from './launcher.ts';
import { LegacySession } from './legacy.ts';
import { MODERN_VERSION } from './meta.ts';
import { ModernSession } from './modern.ts';
import type { Parked } from './parked.ts';
import { RpcFailed } from './rpc-failed.ts';
import type { Session, SessionTerms } from './session.ts';

type Era = 'legacy' | 'modern';

/** Header mismatch, missing client capability, unsupported version: errors that only the modern era has. */
const MODERN_ERRORS: ReadonlySet<number> = new Set([-32020, -32021, -32022]);
const UNSUPPORTED_VERSION = -32022;
const METHOD_NOT_FOUND = -32601;

export interface OpenerTerms {
  readonly record: ToolServerRecord;
  readonly deps: ToolUpstreamsDeps;
  readonly limits: Limits;
  readonly credentials: Credentials;
  readonly dialer: Dialer | undefined;
  readonly known: KnownTools;
  readonly parked: Parked;
  readonly changed: SessionTerms['changed'];
}

export interface Opening {
  readonly binding: string;
  readonly capabilities: JsonRecord;
  readonly home: Home;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** The child ended, whoever ended it. */
  readonly ended: (failed: Failed) => void;
}

export class Opener {
  readonly #terms: OpenerTerms;
  readonly #eras = new Map<string, { readonly era: Era; readonly until: number }>();
  /** Siblings that are being ended. */
  readonly #endings = new Set<Promise<unknown>>();

  constructor(terms: OpenerTerms) {
    this.#terms = terms;
  }

  /** @throws Failed */
  async open(opening: Opening): Promise<Session> {
    const session = await (this.#terms.dialer === undefined
      ? this.#openChild(opening)
      : this.#openHttp(opening, this.#terms.dialer));
    if (!session.alive) throw garbage('the session ended while it was opened');
    return session;
  }

  async close(): Promise<void> {
    await Promise.all(this.#endings);
  }

  // Over HTTP.

  async #openHttp(opening: Opening, dialer: Dialer): Promise<Session> {
    const { binding, signal } = opening;
    const era = this.#era(binding);
    if (era !== 'legacy') {
      const modern = new ModernSession(this.#http(opening, dialer, true));
      try {
        await modern.discover(signal);
        this.#believe(binding, 'modern');
        return modern;
      } catch (thrown) {
        const found = eraOf(thrown);
        if (found === 'modern') {
          this.#believe(binding, 'modern');
          return modern;
        }
        await modern.close();
        // What was modern and is it no more says so loudly; it is asked anew the next time.
        if (era === 'modern') this.#eras.delete(binding);
        if (found === undefined) throw thrown;
      }
    }
    const legacy = await LegacySession.open(this.#http(opening, dialer, false), signal);
    this.#believe(binding, 'legacy');
    return legacy;
  }

  #http(opening: Opening, dialer: Dialer, closeCancels: boolean): SessionTerms {
    const { record, credentials } = this.#terms;
    const url = plainUrl(record);
    const secrets = (): Secrets => resolveSecrets(record, credentials);
    return this.#session(opening, 'http', (hear) => new HttpWire({ dialer, url, secrets, hear, closeCancels }));
  }

  // Over a child's standard streams.

  async #openChild(opening: Opening): Promise<Session> {
    const era = this.#era('') ?? (await this.#probe(opening.signal));
    const { home, secrets, ended } = opening;
    const terms = this.#session(opening, 'stdio', await this.#prepare(home, secrets, ended));
    if (era === 'legacy') {
      try {
        return await LegacySession.open(terms, opening.signal);
      } catch (thrown) {
        // It was only silent when it was asked.
        if (thrown instanceof RpcFailed && eraOf(thrown) === 'modern') this.#believe('', 'modern');
        throw thrown;
      }
    }
    const modern = new ModernSession(terms);
    try {
      await modern.discover(opening.signal);
      return modern;
    } catch (thrown) {
      this.#eras.delete('');
      await modern.close();
      throw thrown;
    }
  }

  /** A sibling without credentials is asked: some servers end when the first message is not what they expect. */
  async #probe(signal: AbortSignal): Promise<Era> {
    const home = new Home();
    const never = { binding: '', capabilities: {}, home };
    const terms = this.#session(never, 'stdio', await this.#prepare(home, undefined, () => undefined));
    const sibling = new ModernSession(terms);
    const late = AbortSignal.any([signal, AbortSignal.timeout(this.#terms.limits.probeMs)]);
    const era = await sibling.discover(late).then(
      (): Era => 'modern',
      (thrown: unknown): Era => (eraOf(thrown) === 'modern' ? 'modern' : 'legacy'),
    );
    const ending = sibling.close().then(() => home.remove());
    this.#endings.add(ending);
    ending.finally(() => this.#endings.delete(ending)).catch(() => undefined);
    this.#believe('', era);
    return era;
  }

  #prepare(home: Home, secrets: Secrets | undefined, ended: (failed: Failed) => void): Promise<(hear: Hear) => Wire> {
    const { record, deps, limits } = this.#terms;
    if (record.transport.kind !== 'stdio') throw garbage('a server that is no child');
    const parts = { record, transport: record.transport, home, ended, ...(secrets === undefined ? {} : { secrets }) };
    return prepareChild(deps, limits, parts);
  }

  // Both.

  #session(
    opening: Pick<Opening, 'capabilities'>,
    transport: SessionTerms['transport'],
    wire: SessionTerms['wire'],
  ): SessionTerms {
    const { deps, known, parked, limits, changed } = this.#terms;
    const client = { name: 'countersign', version: deps.version };
    return { wire, transport, capabilities: opening.capabilities, client, known, parked, limits, changed };
  }

  #era(key: string): Era | undefined {
    const known = this.#eras.get(key);
    return known !== undefined && known.until > this.#terms.deps.clock.now() ? known.era : undefined;
  }

  #believe(key: string, era: Era): void {
    const known = this.#eras.get(key);
    const now = this.#terms.deps.clock.now();
    // The horizon is counted from when it was found, not from when it was last used.
    if (known === undefined || known.era !== era || known.until <= now)
      this.#eras.set(key, { era, until: now + this.#terms.limits.eraMs });
  }
}

/** What an answer to a modern request says about the era; undefined where it says nothing. */
function eraOf(thrown: unknown): Era | undefined {
  if (thrown instanceof RpcFailed) {
    if (thrown.code === UNSUPPORTED_VERSION) return speaksOurs(thrown.data) ? 'modern' : 'legacy';
    if (MODERN_ERRORS.has(thrown.code) || (thrown.code === METHOD_NOT_FOUND && thrown.status === 404)) return 'modern';
    return (thrown.status ?? 200) < 500 ? 'legacy' : undefined;
  }
  if (thrown instanceof StatusFailed) return thrown.kind === 'garbage' ? 'legacy' : undefined;
  return asFailed(thrown).kind === 'garbage' ? 'legacy' : undefined;
}

const speaksOurs = (data: unknown): boolean =>
  isRecord(data) && Array.isArray(data.supported) && data.supported.includes(MODERN_VERSION);
