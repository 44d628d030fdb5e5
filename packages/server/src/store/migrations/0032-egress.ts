import type { Migration } from './migration.ts';

/**
 * What is known of hosts: one row for each that was reached or denied, by repository (empty where there was none) and kind of agent. Grants have
 * an end always; one that was revoked keeps its row.
 */
export const egressMigration: Migration = {
  name: '0032-egress',
  sql: `
create table egress_sighting (
  org text collate "C" not null,
  host text collate "C" not null,
  repository text collate "C" not null,
  agent_kind text collate "C" not null,
  verdict text not null check (verdict in ('allowed', 'denied')),
  domain text collate "C" not null,
  first_seen timestamptz not null default clock_timestamp(),
  last_seen timestamptz not null default clock_timestamp(),
  runs bigint not null check (runs >= 0),
  connections bigint not null check (connections >= 0),
  upload_bytes bigint not null check (upload_bytes >= 0),
  download_bytes bigint not null check (download_bytes >= 0),
  primary key (org, host, repository, agent_kind, verdict)
);
create index egress_sighting_old on egress_sighting (last_seen) where verdict = 'denied';

create table egress_grant (
  org text collate "C" not null,
  id text collate "C" not null,
  scope text not null check (scope in ('run', 'task', 'repository')),
  scope_id text collate "C" not null,
  host text collate "C" not null,
  methods text[] not null,
  granted_by text not null,
  reason text not null,
  approval text,
  decision text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text,
  primary key (org, id)
);
create index egress_grant_host on egress_grant (org, host, scope, scope_id);
`,
  grants: {
    countersign_app: ['select, insert, update, delete on egress_sighting', 'select, insert, update on egress_grant'],
    countersign_reader: ['select on egress_sighting', 'select on egress_grant'],
  },
};
