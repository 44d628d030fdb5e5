/**
 * What this process knows of credentials, mandates, kill switches and break-glass, kept fresh by polling one number. INVARIANT: everything
 * it says was true at some moment after `fresh` began to hold; when polls fail or stall, `fresh` is false and the road denies.
 */
import type { Clock } from '../../ports/clock.ts';
import {
  type BreakGlass,
  type CredentialRecord,
  type KillSwitch,
  type LiveView,
  type MandateAnswer,
  POLL_MS,
  STALE_MS,
} from '../../ports/identity.ts';
import type { Log } from '../../ports/log.ts';
import type { Mandate, SignedMandate } from '../../ports/mandate.ts';
import {
  BREAK_GLASS_COLUMNS,
  type BreakGlassRow,
  breakGlassOf,
  type CredentialRow,
  credentialOf,
  KILLS,
  KNOWN_CREDENTIALS,
  type KillRow,
  killOf,
} from '../identity/index.ts';
import { MANDATE_COLUMNS, type MandateRow, signedOf } from '../mandate/index.ts';
import { type Store, statement } from '../postgres/index.ts';
import { RowCache } from './cache.ts';

export interface LiveParts {
  readonly store: Store;
  readonly org: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the signature of a mandate holds. */
  readonly verify: (signed: SignedMandate) => boolean;
  /** A clock that only measures spans, ms; the process's own by default. */
  readonly spans?: () => number;
}

interface KnownMandate {
  /** Undefined where the row is not what was signed. */
  readonly mandate: Mandate | undefined;
  readonly revoked: boolean;
}

/** The look that was under way may have begun too long ago; the next one is our own. */
const REFRESH_LOOKS = 2;

const POLL = statement(`
select coalesce((select version from state_version where org = $1), 0) as version,
  (select revision from bundle_active where org = $1) as revision`);

const CREDENTIALS = statement(KNOWN_CREDENTIALS);
const MANDATES = statement(`select ${MANDATE_COLUMNS} from mandate where org = $1 and id = any($2)`);
const OPEN_BREAK_GLASS = `select ${BREAK_GLASS_COLUMNS} from break_glass where org = $1 and expires_at > clock_timestamp() order by id`;

export class PostgresLive implements LiveView {
  readonly #parts: LiveParts;
  readonly #spans: () => number;
  readonly #credentials: RowCache<CredentialRecord>;
  readonly #mandates: RowCache<KnownMandate>;
  readonly #listeners = new Set<(revision: string | undefined) => void>();
  #kills: readonly KillSwitch[] = [];
  #breakGlasses: readonly BreakGlass[] = [];
  #version = -1;
  #revision: string | undefined;
  /** When the newest complete poll was begun; nothing it saw is older. */
  #seenAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  #looking: Promise<void> | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#spans = parts.spans ?? (() => performance.now());
    this.#credentials = new RowCache({ read: (ids) => this.#readCredentials(ids), now: this.#spans });
    this.#mandates = new RowCache({ read: (ids) => this.#readMandates(ids), now: this.#spans });
  }

  /** The first poll; then one each `POLL_MS`. @throws Fault store.* */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.poll();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Called with the revision in force whenever it changed, the first time included. @returns how to stop listening */
  onRevision(listener: (revision: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    if (this.#seenAt !== undefined) listener(this.#revision);
    return () => this.#listeners.delete(listener);
  }

  /** The revision in force, as of the newest poll. */
  get revision(): string | undefined {
    return this.#revision;
  }

  fresh(): boolean {
    return this.#seenAt !== undefined && this.#spans() - this.#seenAt < STALE_MS;
  }

  killed(agent: string, team: string): KillSwitch | undefined {
    return this.#kills.find(
      ({ target }) => target.kind === 'all' || (target.kind === 'agent' ? target.id === agent : target.id === team),
    );
  }

  credential(id: string): CredentialRecord | undefined | Promise<CredentialRecord | undefined> {
    return this.#credentials.get(id);
  }

  mandate(id: string): MandateAnswer | Promise<MandateAnswer> {
    const known = this.#mandates.get(id);
    return known instanceof Promise ? known.then((found) => this.#answer(found)) : this.#answer(known);
  }

  breakGlass(agent: string, mandate: string | null): BreakGlass | undefined {
    const now = this.#parts.clock.now();
    return this.#breakGlasses.find(
      (glass) =>
        glass.agent === agent && (glass.mandate === null || glass.mandate === mandate) && Date.parse(glass.expiresAt) > now,
    );
  }

  /** A late timer is not a lost database: whoever finds the view stale looks himself, all of them with one question. */
  async refresh(): Promise<boolean> {
    for (let looks = 0; looks < REFRESH_LOOKS && !this.fresh(); looks++) {
      await this.poll().catch(() => undefined);
    }
    return this.fresh();
  }

  /** One look at the database; who asks while one is under way shares it. @throws Fault store.* */
  poll(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { store, org } = this.#parts;
    const begun = this.#spans();
    const [row] = await store.query<{ version: number; revision: string | null }>(POLL, [org], 'hot');
    const version = row?.version ?? 0;
    // Read after the version: what changes in between is seen now or by the next poll, never missed.
    if (version !== this.#version) await this.#reload();
    this.#version = version;
    this.#seenAt = begun;
    const revision = row?.revision ?? undefined;
    if (revision !== this.#revision) {
      this.#revision = revision;
      for (const listener of this.#listeners) listener(revision);
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#tick(), POLL_MS);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    try {
      await this.poll();
    } catch (thrown) {
      this.#parts.log.warn('live.poll-failed', { error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    this.#schedule();
  }

  async #reload(): Promise<void> {
    const { store, org } = this.#parts;
    const [kills, glasses] = await Promise.all([
      store.query<KillRow>(KILLS, [org], 'hot'),
      store.query<BreakGlassRow>(OPEN_BREAK_GLASS, [org], 'hot'),
      this.#credentials.reload(),
      this.#mandates.reload(),
    ]);
    this.#kills = kills.map(killOf);
    this.#breakGlasses = glasses.map(breakGlassOf);
  }

  #answer(known: KnownMandate | undefined): MandateAnswer {
    if (known === undefined) return { ok: false, why: 'missing' };
    if (known.mandate === undefined) return { ok: false, why: 'invalid' };
    if (known.revoked) return { ok: false, why: 'revoked' };
    // A time that cannot be read counts as past.
    if (!(Date.parse(known.mandate.expiresAt) > this.#parts.clock.now())) return { ok: false, why: 'expired' };
    return { ok: true, mandate: known.mandate };
  }

  async #readCredentials(ids: readonly string[]): Promise<ReadonlyMap<string, CredentialRecord>> {
    const rows = await this.#parts.store.query<CredentialRow>(CREDENTIALS, [this.#parts.org, ids]);
    return new Map(rows.map((row) => [row.id, credentialOf(row)]));
  }

  async #readMandates(ids: readonly string[]): Promise<ReadonlyMap<string, KnownMandate>> {
    const rows = await this.#parts.store.query<MandateRow>(MANDATES, [this.#parts.org, ids]);
    return new Map(rows.map((row) => [row.id, this.#check(row)]));
  }

  /** The row's key and columns are not signed, so they must say what the signed body says. One bad row is one bad mandate, nothing more. */
  #check(row: MandateRow): KnownMandate {
    const { revoked } = row;
    try {
      const signed = signedOf(row);
      const { mandate } = signed;
      const valid = mandate.id === row.id && mandate.org === this.#parts.org && this.#parts.verify(signed);
      return { mandate: valid ? Object.freeze(mandate) : undefined, revoked };
    } catch {
      return { mandate: undefined, revoked };
    }
  }
}
