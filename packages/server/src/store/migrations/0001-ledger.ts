import type { Migration } from './migration.ts';

/**
 * `log_head` is the one row that every append of an organisation waits for: nothing else ever updates it. `audit_entry.id` and
 * `.decision` are 16-byte keys (see ledger/keys.ts), narrow because every entry pays for their indexes.
 */
export const ledgerMigration: Migration = {
  name: '0001-ledger',
  sql: `
create table log_head (
  org text primary key,
  size bigint not null check (size >= 0)
) with (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

create table audit_entry (
  org text not null,
  seq bigint not null,
  leaf bytea not null,
  id bytea not null,
  decision bytea,
  body bytea not null,
  primary key (org, seq)
);
create index audit_entry_id on audit_entry (org, id);
create index audit_entry_decision on audit_entry (org, decision) where decision is not null;

create table audit_batch (
  org text not null,
  node text not null,
  node_seq bigint not null,
  base bigint not null,
  n integer not null check (n > 0),
  at timestamptz not null,
  primary key (org, node, node_seq)
);

create table log_integration (
  org text primary key,
  size bigint not null,
  epoch bigint not null,
  holder text not null,
  until timestamptz not null
) with (fillfactor = 50);

create table log_tile (
  org text not null,
  level integer not null,
  n bigint not null,
  width integer not null check (width between 1 and 256),
  bytes bytea not null,
  primary key (org, level, n, width)
);

create table log_checkpoint (
  org text not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  at timestamptz not null,
  primary key (org, size)
);
`,
  grants: {
    countersign_app: [
      'select, insert on audit_entry, audit_batch, log_checkpoint',
      'select, insert, update on log_head, log_integration',
      'select, insert, delete on log_tile',
    ],
    countersign_eraser: ['select on log_head'],
    countersign_reader: ['select on log_head, audit_entry, audit_batch, log_integration, log_tile, log_checkpoint'],
  },
};
