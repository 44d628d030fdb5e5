import type { Migration } from './migration.ts';

/**
 * `state_version` has one row an organisation, raised by every write that doors must learn of: one cheap read a poll, and a reload only
 * when it moved. `idempotency` keeps the answers to keyed POSTs.
 */
export const identityMigration: Migration = {
  name: '0012-identity',
  sql: `
create table state_version (
  org text collate "C" primary key,
  version bigint not null
) with (fillfactor = 20);

create table credential (
  org text collate "C" not null,
  id text collate "C" not null,
  kind text not null check (kind in ('agent', 'person')),
  subject text not null,
  secret_hash text not null,
  mandate text,
  on_behalf_of text,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text,
  primary key (org, id)
);
create index credential_subject on credential (org, subject);

create table kill_switch (
  org text collate "C" not null,
  kind text not null check (kind in ('all', 'team', 'agent')),
  target text collate "C" not null,
  reason text not null,
  set_by text not null,
  set_at timestamptz not null,
  cleared_at timestamptz,
  cleared_by text,
  cleared_reason text,
  primary key (org, kind, target)
);

create table break_glass (
  org text collate "C" not null,
  id text collate "C" not null,
  opened_by text not null,
  reason text not null,
  agent text not null,
  mandate text,
  gates text not null,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  review text,
  primary key (org, id)
);
create index break_glass_open on break_glass (org, expires_at);

create table mandate (
  org text collate "C" not null,
  id text collate "C" not null,
  agent text not null,
  body text not null,
  signature text not null,
  key_id text not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text,
  primary key (org, id)
);
create index mandate_agent on mandate (org, agent, id);

create table idempotency (
  org text collate "C" not null,
  caller text collate "C" not null,
  key text collate "C" not null,
  fingerprint text not null,
  status integer,
  headers text,
  body bytea,
  at timestamptz not null default clock_timestamp(),
  primary key (org, caller, key)
);
create index idempotency_age on idempotency (at);
`,
  grants: {
    countersign_app: [
      'select, insert, update on state_version, credential, kill_switch, break_glass, mandate',
      'select, insert, update, delete on idempotency',
    ],
    countersign_reader: ['select on state_version, kill_switch, break_glass, mandate'],
  },
};
