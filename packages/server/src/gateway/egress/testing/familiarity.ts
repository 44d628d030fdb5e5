/** What is known of hosts, in memory. For tests only. */
import { isoTime } from '../../../ports/clock.ts';
import type { Familiarity, GrantDraft, GrantQuery, HostHistory, Sighting, TemporaryGrant } from '../../../ports/familiarity.ts';

export class MemoryFamiliarity implements Familiarity {
  readonly sightings: Sighting[] = [];
  readonly given = new Map<string, TemporaryGrant>();
  /** Replaced by tests. */
  now: () => number = Date.now;
  broken = false;

  async history(_org: string, host: string): Promise<HostHistory> {
    this.#check();
    const allowed = this.sightings.filter((each) => each.host === host && each.verdict === 'allowed');
    const denied = this.sightings.filter((each) => each.host === host && each.verdict === 'denied');
    const sum = (key: 'runs' | 'connections' | 'uploadBytes' | 'downloadBytes') =>
      allowed.reduce((total, each) => total + each[key], 0);
    const repositories = [...new Set(allowed.map((each) => each.repository).filter((each) => each !== ''))].sort();
    const grant = [...this.given.values()].filter((each) => each.host === host).at(-1);
    const runs = sum('runs');
    return {
      host,
      domain: host,
      firstSeen: runs === 0 ? null : '2026-01-01T00:00:00.000Z',
      lastSeen: runs === 0 ? null : '2026-01-01T00:00:00.000Z',
      runs,
      denials: denied.reduce((total, each) => total + each.runs, 0),
      connections: sum('connections'),
      uploadBytes: sum('uploadBytes'),
      downloadBytes: sum('downloadBytes'),
      repositories,
      repositoryCount: repositories.length,
      agentKinds: [...new Set(allowed.map((each) => each.agentKind))].sort(),
      lastVerdict: runs > 0 ? 'allowed' : denied.length > 0 ? 'denied' : 'never',
      approver: grant?.by ?? null,
      approvedUntil: grant?.expiresAt ?? null,
    };
  }

  async standing({ host, run, task, repository }: GrantQuery): Promise<readonly TemporaryGrant[]> {
    this.#check();
    const of: Record<string, string | null> = { run, task, repository };
    return [...this.given.values()].filter((each) => each.host === host && of[each.scope] === each.of && this.#stands(each));
  }

  async stillStanding(_org: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    this.#check();
    return new Set(ids.filter((id) => this.#stands(this.given.get(id))));
  }

  async note(sightings: readonly Sighting[]): Promise<void> {
    this.#check();
    this.sightings.push(...sightings);
  }

  async grant(draft: GrantDraft): Promise<TemporaryGrant> {
    this.#check();
    const grant = { ...draft, createdAt: isoTime(this.now()), revokedAt: null, revokedBy: null };
    this.given.set(draft.id, grant);
    return grant;
  }

  async revoke(_org: string, id: string, { by }: { readonly by: string }): Promise<TemporaryGrant> {
    const grant = this.given.get(id);
    if (grant === undefined) throw new Error('no such grant');
    const revoked = { ...grant, revokedAt: isoTime(this.now()), revokedBy: by };
    this.given.set(id, revoked);
    return revoked;
  }

  async grants(): Promise<readonly TemporaryGrant[]> {
    return [...this.given.values()];
  }

  async hosts(): Promise<readonly HostHistory[]> {
    return Promise.all([...new Set(this.sightings.map(({ host }) => host))].map((host) => this.history('', host)));
  }

  #stands(grant: TemporaryGrant | undefined): boolean {
    return grant !== undefined && grant.revokedAt === null && Date.parse(grant.expiresAt) > this.now();
  }

  #check(): void {
    if (this.broken) throw new Error('the store is gone');
  }
}
