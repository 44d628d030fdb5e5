/** Keeps what clients show of themselves: which client and version uses a credential, and under which settings. */
import { judgeShown, type Shown } from '../../govern/coverage.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClientWatch, ShownHeaders } from '../../ports/client-watch.ts';
import { CLIENT_NAMES, type ClientName, type ClientSettings } from '../../ports/clients.ts';
import type { PublishedFor, SightingStore } from '../../ports/devices.ts';
import type { Log } from '../../ports/log.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Caller } from '../../ports/road.ts';
import { shownBy } from './shown.ts';

export interface WatchDeps {
  readonly org: string;
  readonly snapshots: SnapshotSource;
  readonly sightings: SightingStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What clients without a device show when they have the settings in force. */
  readonly digests: (name: ClientName, inside: boolean) => string | undefined;
}

/** The same client with the same settings is written down again after this time, so that `seenAt` means something. */
const AGAIN_MS = 300_000;
/** Which settings were given out is read again after this time, and sooner for settings that nobody here knows. */
const PUBLISHED_MS = 60_000;
const UNKNOWN_MS = 2_000;
/** Sights that are kept apart; with more, all are new again. */
const KNOWN_MAX = 10_000;

/** Each client's settings as machines have them, and as sandboxes of ours do. */
const PUBLISHED_FOR = CLIENT_NAMES.flatMap((name) => [
  { name, inside: false },
  { name, inside: true },
]);
const publishedFor = ({ name, inside }: (typeof PUBLISHED_FOR)[number]): PublishedFor => (inside ? `${name}-inside` : name);

export class ClientWatcher implements ClientWatch {
  readonly #deps: WatchDeps;
  /** Until when a sight is nothing new. */
  readonly #known = new Map<string, number>();
  /** Settings that this process said are given out, by client. */
  readonly #told = new Map<PublishedFor, string>();
  #published: ReadonlyMap<string, number | null> = new Map();
  #publishedAt = Number.NEGATIVE_INFINITY;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  observe(caller: Caller, headers: ShownHeaders): void {
    const settings = this.#deps.snapshots.current()?.settings.clients;
    if (settings === undefined || caller.person === true || caller.credential.startsWith('oidc:')) return;
    const shown = shownBy(headers, headers.originator !== undefined);
    if (shown === undefined || settings[shown.client] === null) return;
    const subject = caller.device ?? caller.credential;
    const key = JSON.stringify([subject, shown, settings[shown.client]?.minimumVersion]);
    const nowMs = this.#deps.clock.now();
    if ((this.#known.get(key) ?? 0) > nowMs) return;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, nowMs + AGAIN_MS);
    this.#work = this.#work.then(() => this.#put({ key, subject, shown, settings }));
  }

  /** Resolves when everything seen so far is on record. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #put(seen: { key: string; subject: string; shown: Shown; settings: ClientSettings }): Promise<void> {
    const { key, subject, shown, settings } = seen;
    const { org, sightings, clock, log } = this.#deps;
    try {
      await this.#publish();
      const published = await this.#publishedWith(shown.digest);
      const state = judgeShown(settings, shown, published, clock.now());
      await sightings.put(org, { subject, client: shown.client, version: shown.version, state });
      if (state !== 'covered') log.warn('clients.uncovered', { subject, client: shown.client, version: shown.version, state });
    } catch (thrown) {
      this.#known.delete(key);
      log.warn('clients.unwritten', { subject, error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }

  /** The settings in force are given out from the first call on under which they are in force. */
  async #publish(): Promise<void> {
    const { org, sightings, digests } = this.#deps;
    for (const published of PUBLISHED_FOR) {
      const digest = digests(published.name, published.inside);
      const whom = publishedFor(published);
      if (digest === undefined || this.#told.get(whom) === digest) continue;
      await sightings.publish(org, whom, digest);
      this.#told.set(whom, digest);
      this.#publishedAt = Number.NEGATIVE_INFINITY;
    }
  }

  async #publishedWith(digest: string | undefined): Promise<ReadonlyMap<string, number | null>> {
    const { org, sightings, clock } = this.#deps;
    const isKnown = digest === undefined || this.#published.get(digest) === null;
    if (clock.now() - this.#publishedAt >= (isKnown ? PUBLISHED_MS : UNKNOWN_MS)) {
      this.#published = await sightings.published(org);
      this.#publishedAt = clock.now();
    }
    return this.#published;
  }
}
