import type { Migration } from './migration.ts';

/**
 * `budget` is hot: narrow, no index on what changes, so that every update stays in its page. `line` is `unit/window/starts/scope` (see
 * road/line.ts). `open_act` has a row for every act that was allowed: with what it holds while it is open, and how it ended; it is the
 * guard that lets a reservation end once, and what recovery reads. `state`: 0 open, 1 charged, 2 released, 3 charged in full because nobody knew.
 */
export const roadMigration: Migration = {
  name: '0010-road',
  sql: `
create table budget (
  org text collate "C" not null,
  line text collate "C" not null,
  most bigint not null check (most >= 0),
  reserved bigint not null default 0 check (reserved >= 0),
  charged bigint not null default 0 check (charged >= 0),
  told integer not null default 0,
  primary key (org, line)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);

create table open_act (
  org text collate "C" not null,
  key text collate "C" not null,
  node text collate "C" not null,
  decision text collate "C" not null,
  state smallint not null default 0 check (state between 0 and 3),
  holds text not null,
  expires timestamptz not null,
  primary key (org, key)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index open_act_open on open_act (expires) where state = 0;
create index open_act_age on open_act using brin (expires) with (pages_per_range = 32);

create table node_beat (
  node text collate "C" primary key,
  started timestamptz not null default clock_timestamp(),
  beat timestamptz not null default clock_timestamp()
) with (fillfactor = 20);
`,
  grants: {
    countersign_app: ['select, insert, update, delete on budget, open_act, node_beat'],
    countersign_reader: ['select on budget, open_act, node_beat'],
  },
};
