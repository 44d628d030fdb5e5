import type { Migration } from './migration.ts';

/**
 * What clients asked before they acted, and what they say that they did. `taken_at`: the allow has stood in for a second question about the same
 * call. Of a call that was run there is one event, however often it is told. An id begins with its time in microseconds, so that the newest is the last.
 */
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
  id text collate "C" not null default lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000000)::bigint), 16, '0') || gen_random_uuid()::text,
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

create table client_event (
  org text collate "C" not null,
  id text collate "C" not null default lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000000)::bigint), 16, '0') || gen_random_uuid()::text,
  agent text collate "C" not null,
  mandate text collate "C",
  client text collate "C" not null,
  session text collate "C" not null,
  name text not null,
  call text collate "C",
  tool text,
  said_at timestamptz not null,
  received_at timestamptz not null default clock_timestamp(),
  ran boolean not null,
  refused boolean not null,
  outside boolean not null,
  joined text check (joined in ('allowed', 'denied', 'missing')),
  decision text,
  attributes text,
  keep_until timestamptz not null,
  primary key (org, id)
);
create unique index client_event_ran on client_event (org, agent, client, session, call) where ran;
create index client_event_received on client_event (received_at);
create index client_event_kept on client_event (keep_until) where attributes is not null;

create table client_finding (
  org text collate "C" not null,
  id text collate "C" not null,
  agent text collate "C" not null,
  mandate text collate "C",
  client text collate "C" not null,
  session text collate "C" not null,
  call text collate "C",
  tool text,
  code text not null,
  said text,
  found_at timestamptz not null default clock_timestamp(),
  keep_until timestamptz not null,
  primary key (org, id)
);
create index client_finding_of_agent on client_finding (org, agent, id);
create index client_finding_kept on client_finding (keep_until) where said is not null;
`,
  grants: {
    countersign_app: [
      'select, insert, update, delete on hook_session',
      'select, insert, update, delete on hook_call',
      'select, insert, update, delete on client_event',
      'select, insert, update on client_finding',
    ],
    countersign_reader: ['select on hook_session', 'select on hook_call', 'select on client_event', 'select on client_finding'],
  },
};
