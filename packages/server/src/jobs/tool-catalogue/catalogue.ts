/**
 * The catalogue of tools: one keeper a server, the pins from the store, and the view that doors hold. Nodes agree, since what is approved
 * stands in the store and each of them compares what it sees with that.
 */
import type { JsonRecord } from '@countersign/kernel/json';
import type { JudgeDefinition, NameVerdict } from '@countersign/kernel/tool';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { BundleSnapshot, SnapshotSource, ToolServerRecord } from '../../ports/registry.ts';
import { SERVER_ITSELF, type SightedPin, type ToolPins } from '../../ports/tool-pins.ts';
import type { CatalogueTool, CatalogueView, ServerOffer, ToolCatalogue, ToolUpstreams } from '../../ports/tool.ts';
import { bundleVouches, bundleVouchesServer } from './approval.ts';
import { PinBook } from './book.ts';
import { ServerKeeper } from './keeper.ts';
import { type ReadOffer, readOffer } from './offer.ts';
import { type BuiltView, buildView } from './view.ts';

export interface CatalogueTerms {
  readonly org: string;
  readonly snapshots: SnapshotSource;
  readonly upstreams: Pick<ToolUpstreams, 'offer' | 'onChange'>;
  readonly pins: ToolPins;
  /** Looks at every definition before anybody is asked about it; absent: only the checks that always run. */
  readonly judge?: JudgeDefinition;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Between two looks at the bundle and at the pins, milliseconds. */
  readonly pollMs?: number;
  readonly offerMs?: number;
}

/** Another node's approval is seen here within this time. */
const POLL_MS = 1_000;
/** A call waits no longer than this for its pin to be compared. */
const HOLD_MS = 10_000;
/** The checks that always run are no part of what is handed in. */
const noMore: JudgeDefinition = () => [];

export class Catalogue implements ToolCatalogue {
  readonly book: PinBook;
  readonly #terms: CatalogueTerms;
  readonly #keepers = new Map<string, ServerKeeper>();
  readonly #listeners = new Set<(view: CatalogueView) => void>();
  #snapshot: BundleSnapshot | undefined;
  #built: BuiltView;
  #stale = false;
  #told: string;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;

  constructor(terms: CatalogueTerms) {
    this.#terms = terms;
    this.book = new PinBook(terms.pins, terms.org);
    this.#built = buildView([], this.book);
    this.#told = this.#built.view.version;
    terms.upstreams.onChange((server, what) => {
      if (what === 'list') this.#keepers.get(server)?.stale();
    });
  }

  /** The pins are read before the first server is asked, so that nothing known looks new. @throws Fault store.* */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.book.pull();
    this.#follow();
    this.#touch();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const keeper of this.#keepers.values()) keeper.close();
    this.#keepers.clear();
  }

  current(): CatalogueView {
    this.#rebuild();
    return this.#built.view;
  }

  /** Names of approved tools, with the reason of those that can have none. */
  names(): readonly NameVerdict[] {
    this.#rebuild();
    return this.#built.names;
  }

  keeper(server: string): ServerKeeper | undefined {
    return this.#keepers.get(server);
  }

  /** Servers that are switched on, by id. */
  records(): readonly ToolServerRecord[] {
    return [...this.#keepers.values()].map(({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  onChange(listener: (view: CatalogueView) => void): void {
    this.#listeners.add(listener);
  }

  async holds(tool: CatalogueTool, withinMs: number): Promise<boolean> {
    const keeper = this.#keepers.get(tool.server);
    if (keeper === undefined) return false;
    if (!(await keeper.confirm(this.#terms.clock.now() - withinMs, HOLD_MS))) return false;
    const now = this.current().tools.get(tool.exposed);
    return now?.pin === tool.pin && now.server === tool.server && now.name === tool.name && now.class === tool.class;
  }

  /** Asks one server now, or all of them. Never rejects: how it went is in each keeper's health. */
  async refresh(server?: string): Promise<void> {
    const one = server === undefined ? undefined : this.#keepers.get(server);
    const keepers = server === undefined ? [...this.#keepers.values()] : one === undefined ? [] : [one];
    await Promise.all(keepers.map((keeper) => keeper.refresh()));
  }

  /** Reads the pins again: after a decision of this process nobody waits for the next poll. @throws Fault store.* */
  async pull(): Promise<void> {
    if (await this.book.pull()) this.#touch();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#tick(), this.#terms.pollMs ?? POLL_MS);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    try {
      this.#follow();
      await this.pull();
    } catch (thrown) {
      this.#terms.log.warn('tool.poll-failed', { error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    this.#schedule();
  }

  /** Keepers for the servers of the bundle in force: new ones, changed ones, none for what is gone or switched off. */
  #follow(): void {
    const snapshot = this.#terms.snapshots.current();
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    const records = new Map([...(snapshot?.toolServers ?? [])].filter(([, record]) => record.enabled));
    for (const [id, keeper] of this.#keepers) {
      if (records.has(id)) continue;
      keeper.close();
      this.#keepers.delete(id);
    }
    for (const [id, record] of records) this.#keep(id, record);
    this.#touch();
  }

  #keep(id: string, record: ToolServerRecord): void {
    const before = this.#keepers.get(id);
    if (before !== undefined && JSON.stringify(before.record) === JSON.stringify(record)) return;
    before?.close();
    const { upstreams, clock, random, offerMs } = this.#terms;
    const keeper = new ServerKeeper(
      {
        record,
        ask: (asked, signal) => upstreams.offer(asked, signal),
        accept: (offer) => this.#accept(record, offer),
        changed: (changed) => this.#changed(changed),
        clock,
        random,
        ...(offerMs === undefined ? {} : { offerMs }),
      },
      before,
    );
    this.#keepers.set(id, keeper);
    void keeper.refresh();
  }

  async #accept(record: ToolServerRecord, offer: ServerOffer): Promise<ReadOffer> {
    const servers = this.#snapshot?.toolServers.keys() ?? [];
    const read = readOffer(offer, {
      server: record.id,
      judge: this.#terms.judge ?? noMore,
      others: new Set([...servers].filter((id) => id !== record.id)),
      known: (name, pin) => this.book.find(record.id, name, pin)?.findings,
    });
    const sighting = {
      org: this.#terms.org,
      server: record.id,
      pins: sightedPins(record, read),
      refused: read.refused.map(({ name }) => name),
    };
    if (await this.#terms.pins.observe(sighting)) await this.book.pull();
    return read;
  }

  #changed(keeper: ServerKeeper): void {
    const { record, health } = keeper;
    if (health.status === 'down' && health.failures === 1)
      this.#terms.log.warn('tool.server-down', { server: record.id, error: health.error, internal: health.internal });
    this.#touch();
  }

  /** Rebuilt when it is asked for, or at the end of this turn: a hundred servers that answer at once are one rebuild. */
  #touch(): void {
    if (this.#stale) return;
    this.#stale = true;
    setImmediate(() => {
      this.#rebuild();
      const { view } = this.#built;
      if (this.#stopped || view.version === this.#told) return;
      this.#told = view.version;
      for (const listener of this.#listeners) listener(view);
    });
  }

  #rebuild(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#built = buildView([...this.#keepers.values()], this.book);
  }
}

function sightedPins(record: ToolServerRecord, read: ReadOffer): SightedPin[] {
  const { era, protocolVersion, capabilities, identity, identityFindings } = read;
  const definition = { ...identity, era, protocolVersion, capabilities } satisfies JsonRecord;
  return [
    {
      name: SERVER_ITSELF,
      pin: read.pins.identity,
      definition,
      findings: identityFindings,
      vouched: bundleVouchesServer(record, identityFindings),
    },
    ...read.tools.map((tool) => ({ ...tool, vouched: bundleVouches(record, tool) })),
  ];
}
