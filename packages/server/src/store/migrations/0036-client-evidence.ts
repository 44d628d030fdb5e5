import type { Migration } from './migration.ts';

/** What clients asked before they acted. `taken_at`: the allow has stood in for a second question about the same call. */
export const clientEvidenceMigration: Migration = {
  name: '0036-client-evidence',
  sql: `
create table hook_session (
  org text collate "C" not null,
  agent text collate "C" not null,
  client text collate "C" not null,
  session text collate "C" not null,
  root text not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (org, agent, client, session)
);
create index hook_session_seen on hook_session (seen_at);

create table hook_call (
  org text collate "C" not null,
  id bigint generated always as identity,
  agent text collate "C" not null,
  client text collate "C" not null,
  session text collate "C" not null,
  turn text collate "C" not null,
  call text collate "C",
  digest text collate "C" not null,
  tool text not null,
  event text not null check (event in ('PreToolUse', 'PermissionRequest')),
  word text not null check (word in ('allow', 'ask', 'deny')),
  decision text,
  asked_at timestamptz not null default clock_timestamp(),
  taken_at timestamptz,
  primary key (org, id)
);
create index hook_call_same on hook_call (org, agent, client, session, turn, digest);
create index hook_call_id on hook_call (org, agent, client, session, call);
create index hook_call_asked on hook_call (asked_at);
`,
  grants: {
    countersign_app: ['select, insert, update, delete on hook_session', 'select, insert, update, delete on hook_call'],
    countersign_reader: ['select on hook_session', 'select on hook_call'],
  },
};
