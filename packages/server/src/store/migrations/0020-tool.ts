import type { Migration } from './migration.ts';

/**
 * `tool_pin` has one row for each definition that a tool server ever offered; `tool` is empty for the server itself. `changed` is the
 * version of the organisation's pins with which the row was written last: a node reads what is newer than what it knows. Sessions, tasks and
 * nonces are what the tool door remembers between two requests.
 */
export const toolMigration: Migration = {
  name: '0020-tool',
  sql: `
create table tool_version (
  org text collate "C" primary key,
  version bigint not null
) with (fillfactor = 20);

create table tool_pin (
  org text collate "C" not null,
  server text collate "C" not null,
  tool text collate "C" not null,
  pin text collate "C" not null,
  state text not null check (state in ('quarantined', 'pinned', 'bundle', 'rejected', 'replaced')),
  definition text not null,
  findings text not null,
  seen_at timestamptz not null,
  missing_since timestamptz,
  decided_by text,
  decided_at timestamptz,
  reason text,
  changed bigint not null,
  primary key (org, server, tool, pin)
);
create index tool_pin_changed on tool_pin (org, changed);

create table tool_session (
  org text collate "C" not null,
  id text collate "C" not null,
  principal text collate "C" not null,
  mandate text,
  credential text not null,
  protocol_version text not null,
  capabilities text not null,
  client_info text not null,
  log_level text,
  ready boolean not null default false,
  opened_at timestamptz not null,
  last_seen timestamptz not null,
  primary key (org, id)
);
create index tool_session_principal on tool_session (org, principal, last_seen);
create index tool_session_age on tool_session (last_seen);

create table tool_task (
  org text collate "C" not null,
  id text collate "C" not null,
  principal text collate "C" not null,
  mandate text,
  credential text not null,
  tool text not null,
  approval text,
  request_digest text not null,
  request bytea not null,
  state text not null check (state in ('working', 'acting', 'completed', 'failed', 'cancelled')),
  message text not null,
  result bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (org, id)
);
create index tool_task_principal on tool_task (org, principal, state);
create index tool_task_age on tool_task (expires_at);

create table tool_nonce (
  org text collate "C" not null,
  nonce text collate "C" not null,
  expires_at timestamptz not null,
  primary key (org, nonce)
);
create index tool_nonce_age on tool_nonce (expires_at);
`,
  grants: {
    countersign_app: [
      'select, insert, update on tool_version, tool_pin',
      'select, insert, update, delete on tool_session, tool_task',
      'select, insert, delete on tool_nonce',
    ],
    countersign_reader: ['select on tool_version, tool_pin'],
  },
};
