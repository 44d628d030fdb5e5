/** Familiarity of hosts and temporary grants. Specified by ports/familiarity.ts. */
import { Fault } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import type { Familiarity, GrantDraft, GrantQuery, HostHistory, Sighting, TemporaryGrant } from '../../ports/familiarity.ts';
import { statement } from '../postgres/index.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';
import { GRANT_COLUMNS, grantOf, type GrantRow, historyOf, type HostRow, NEVER } from './row.ts';

/** Of one host, or of a page of them; what was denied only has no first and last time. */
const HISTORY = `
select s.host, min(s.domain) as domain,
  min(s.first_seen) filter (where s.verdict = 'allowed') as first_seen,
  max(s.last_seen) filter (where s.verdict = 'allowed') as last_seen,
  coalesce(sum(s.runs) filter (where s.verdict = 'allowed'), 0)::bigint as runs,
  coalesce(sum(s.runs) filter (where s.verdict = 'denied'), 0)::bigint as denials,
  sum(s.connections)::bigint as connections, sum(s.upload_bytes)::bigint as upload_bytes, sum(s.download_bytes)::bigint as download_bytes,
  array_agg(distinct s.repository order by s.repository) filter (where s.verdict = 'allowed' and s.repository <> '') as repositories,
  array_agg(distinct s.agent_kind order by s.agent_kind) filter (where s.verdict = 'allowed') as agent_kinds,
  (array_agg(s.verdict order by s.last_seen desc, s.verdict desc))[1] as last_verdict,
  (select g.granted_by from egress_grant g where g.org = $1 and g.host = s.host order by g.created_at desc, g.id desc limit 1) as approver,
  (select coalesce(least(g.expires_at, g.revoked_at), g.expires_at) from egress_grant g
    where g.org = $1 and g.host = s.host order by g.created_at desc, g.id desc limit 1) as approved_until
from egress_sighting s`;
const ONE = statement(`${HISTORY} where s.org = $1 and s.host = $2 group by s.host`);
const PAGE = statement(`${HISTORY} where s.org = $1 and s.host > $2 group by s.host order by s.host limit $3`);
const LAST_GRANT = statement(`
select granted_by as approver, coalesce(least(expires_at, revoked_at), expires_at) as approved_until from egress_grant
where org = $1 and host = $2 order by created_at desc, id desc limit 1`);
const STANDS = 'expires_at > clock_timestamp() and revoked_at is null';
const STANDING = statement(`
select ${GRANT_COLUMNS} from egress_grant where org = $1 and host = $2 and ${STANDS}
  and ((scope = 'run' and scope_id = $3) or (scope = 'task' and scope_id = $4) or (scope = 'repository' and scope_id = $5))
order by expires_at desc, id`);
const STILL = statement(`select id from egress_grant where org = $1 and id = any($2::text[]) and ${STANDS}`);
/** In the order of the key, so that two nodes lock the rows alike. */
const NOTE = statement(`
insert into egress_sighting (org, host, repository, agent_kind, verdict, domain, runs, connections, upload_bytes, download_bytes)
select u.org, u.host, u.repository, u.agent_kind, u.verdict, min(u.domain), sum(u.runs), sum(u.connections), sum(u.up), sum(u.down)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
  u(org, host, repository, agent_kind, verdict, domain, runs, connections, up, down)
group by u.org, u.host, u.repository, u.agent_kind, u.verdict
order by u.org, u.host, u.repository, u.agent_kind, u.verdict
on conflict (org, host, repository, agent_kind, verdict) do update set last_seen = clock_timestamp(),
  runs = egress_sighting.runs + excluded.runs, connections = egress_sighting.connections + excluded.connections,
  upload_bytes = egress_sighting.upload_bytes + excluded.upload_bytes, download_bytes = egress_sighting.download_bytes + excluded.download_bytes`);
const INSERT = statement(`
insert into egress_grant (org, id, scope, scope_id, host, methods, granted_by, reason, approval, decision, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (org, id) do nothing returning ${GRANT_COLUMNS}`);
const FIND = statement(`select ${GRANT_COLUMNS} from egress_grant where org = $1 and id = $2`);
const REVOKE = statement(`
update egress_grant set revoked_at = clock_timestamp(), revoked_by = $3
where org = $1 and id = $2 and revoked_at is null returning ${GRANT_COLUMNS}`);
const LIST = statement(`
select ${GRANT_COLUMNS} from egress_grant where org = $1 and ($2 = '' or host = $2) and (not $3 or (${STANDS}))
order by created_at desc, id desc limit $4`);
/** Hosts that were asked for and never reached: whoever asks for made-up names must not fill the table. */
const SWEEP = statement(
  `delete from egress_sighting where verdict = 'denied' and last_seen < clock_timestamp() - interval '30 days'`,
);

/** One statement holds at most this many rows. */
const NOTE_ROWS_MAX = 1_000;

export class PostgresFamiliarity implements Familiarity {
  readonly #parts: StateParts;
  readonly #domainOf: (host: string) => string;

  /** @param domainOf registrable domain, for hosts that have no row */
  constructor(parts: StateParts, domainOf: (host: string) => string) {
    this.#parts = parts;
    this.#domainOf = domainOf;
  }

  async history(org: string, host: string): Promise<HostHistory> {
    const { store } = this.#parts;
    const [row] = await store.query<HostRow>(ONE, [org, host]);
    if (row !== undefined) return historyOf(row);
    const [grant] = await store.query<Pick<HostRow, 'approver' | 'approved_until'>>(LAST_GRANT, [org, host]);
    return {
      ...NEVER(host, this.#domainOf(host)),
      approver: grant?.approver ?? null,
      approvedUntil: grant?.approved_until?.toISOString() ?? null,
    };
  }

  async hosts(org: string, { after = '', limit }: { after?: string; limit: number }): Promise<readonly HostHistory[]> {
    return (await this.#parts.store.query<HostRow>(PAGE, [org, after, limit])).map(historyOf);
  }

  async standing({ org, host, run, task, repository }: GrantQuery): Promise<readonly TemporaryGrant[]> {
    return (await this.#parts.store.query<GrantRow>(STANDING, [org, host, run, task, repository])).map(grantOf);
  }

  async stillStanding(org: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.#parts.store.query<{ id: string }>(STILL, [org, ids])).map(({ id }) => id));
  }

  async note(sightings: readonly Sighting[]): Promise<void> {
    for (let at = 0; at < sightings.length; at += NOTE_ROWS_MAX) {
      const rows = sightings.slice(at, at + NOTE_ROWS_MAX);
      await this.#parts.store.query(NOTE, [
        rows.map(({ org }) => org),
        rows.map(({ host }) => host),
        rows.map(({ repository }) => repository),
        rows.map(({ agentKind }) => agentKind),
        rows.map(({ verdict }) => verdict),
        rows.map(({ domain }) => domain),
        rows.map(({ runs }) => runs),
        rows.map(({ connections }) => connections),
        rows.map(({ uploadBytes }) => Math.round(uploadBytes)),
        rows.map(({ downloadBytes }) => Math.round(downloadBytes)),
      ]);
    }
  }

  async grant(draft: GrantDraft): Promise<TemporaryGrant> {
    const { store, ledger, author } = this.#parts;
    const { org, id, scope, of, host, methods, by, reason, approval, decision, expiresAt } = draft;
    return store.tx(async (tx) => {
      const values = [org, id, scope, of, host, methods, by, reason, approval, decision, expiresAt];
      const [made] = await tx.query<GrantRow>(INSERT, values);
      if (made === undefined) return grantOf((await tx.query<GrantRow>(FIND, [org, id]))[0] as GrantRow);
      const detail = {
        egressGrant: ledgerId(id),
        host: ledgerId(host),
        scope,
        of: ledgerId(of),
        by: pseudonymOf(by),
        expiresAt: entryTime(expiresAt),
        ...(methods.length === 0 ? {} : { methods: [...methods] }),
        decision: ledgerId(decision),
        ...(approval === null ? {} : { approval: ledgerId(approval) }),
      };
      await ledger.appendInTx(tx, org, [{ ...envelope(author, org), type: 'egress.granted', detail }]);
      return grantOf(made);
    }, REPEATABLE);
  }

  async revoke(
    org: string,
    id: string,
    { by, decision }: { readonly by: string; readonly decision: string },
  ): Promise<TemporaryGrant> {
    const { store, ledger, author } = this.#parts;
    return store.tx(async (tx) => {
      const [revoked] = await tx.query<GrantRow>(REVOKE, [org, id, by]);
      if (revoked !== undefined) {
        const detail = {
          egressGrant: ledgerId(id),
          host: ledgerId(revoked.host),
          by: pseudonymOf(by),
          decision: ledgerId(decision),
        };
        await ledger.appendInTx(tx, org, [{ ...envelope(author, org), type: 'egress.revoked', detail }]);
        return grantOf(revoked);
      }
      const [known] = await tx.query<GrantRow>(FIND, [org, id]);
      if (known === undefined) throw new Fault('request.not-found', `There is no grant \`${id}\`.`);
      return grantOf(known);
    }, REPEATABLE);
  }

  async grants(
    org: string,
    { host = '', standing = false, limit }: { host?: string; standing?: boolean; limit: number },
  ): Promise<readonly TemporaryGrant[]> {
    return (await this.#parts.store.query<GrantRow>(LIST, [org, host, standing, limit])).map(grantOf);
  }

  /** Names that were only ever denied, long ago. */
  async sweep(): Promise<void> {
    await this.#parts.store.query(SWEEP, [], 'jobs');
  }
}
