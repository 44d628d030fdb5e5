/** What was seen of clients, and which settings were given out when. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { ClientName, SightingState } from '../../ports/clients.ts';
import type { Sighting, SightingStore } from '../../ports/devices.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope } from '../record/author.ts';
import { raiseVersion, REPEATABLE, type StateParts } from '../record/parts.ts';

interface SightingRow {
  readonly subject: string;
  readonly client: ClientName;
  readonly version: string;
  readonly state: SightingState;
  readonly since: Date;
  readonly seen_at: Date;
}

const ALL =
  'select subject, client, version, state, since, seen_at from client_sighting where org = $1 order by seen_at desc limit 1000';

export async function sightingsOf({ store }: StateParts, org: string): Promise<readonly Sighting[]> {
  const rows = await store.query<SightingRow>(ALL, [org]);
  return rows.map(({ since, seen_at, ...rest }) => ({ ...rest, since: since.toISOString(), seenAt: seen_at.toISOString() }));
}

const PUT = `
insert into client_sighting as s (org, subject, client, version, state, since, seen_at)
values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp())
on conflict (org, subject, client) do update
  set version = excluded.version, state = excluded.state, seen_at = excluded.seen_at,
      since = case when s.state = excluded.state then s.since else excluded.since end`;

type Seen = Omit<Sighting, 'since' | 'seenAt'>;

async function put(parts: StateParts, tx: Tx, org: string, seen: Seen): Promise<void> {
  const { subject, client, version, state } = seen;
  const [before] = await tx.query<{ version: string; state: SightingState }>(
    'select version, state from client_sighting where org = $1 and subject = $2 and client = $3 for update',
    [org, subject, client],
  );
  await tx.run(PUT, [org, subject, client, version, state]);
  if (before?.state === state && before.version === version) return;
  await raiseVersion(tx, org);
  // The first sight of a client as it should be is nothing to tell.
  if (before?.state === state || (before === undefined && state === 'covered')) return;
  const detail = { subject: ledgerId(subject), client, version: ledgerId(version), code: state };
  const entry = { ...envelope(parts.author, org), type: 'client.drift', detail } as const;
  await insertOutbox(tx, [{ org, id: entry.id, kind: 'client.drift', body: { ...seen } }]);
  await parts.ledger.appendInTx(tx, org, [entry]);
}

export function openSightings(parts: StateParts): SightingStore {
  const { store } = parts;
  return {
    put: (org, seen) => store.tx((tx) => put(parts, tx, org, seen), REPEATABLE),
    async publish(org, client, digest) {
      // Settings that come back are in force again from now on.
      await store.query(
        `insert into client_published (org, client, digest, since) values ($1, $2, $3, clock_timestamp())
         on conflict (org, client, digest) do update set since = excluded.since
         where exists (select 1 from client_published n where n.org = $1 and n.client = $2 and n.since > client_published.since)`,
        [org, client, digest],
      );
    },
    async published(org) {
      const rows = await store.query<{ digest: string; replaced: Date | null }>(
        `select digest, (select min(n.since) from client_published n where n.org = p.org and n.client = p.client and n.since > p.since) as replaced
         from client_published p where org = $1
         union all select settings, null from device where org = $1 and settings is not null and revoked_at is null
         union all select settings_before, settings_at from device where org = $1 and settings_before is not null and revoked_at is null`,
        [org],
      );
      return new Map(rows.map(({ digest, replaced }) => [digest, replaced?.getTime() ?? null]));
    },
  };
}
