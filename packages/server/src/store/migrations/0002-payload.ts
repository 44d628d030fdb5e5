import type { Migration } from './migration.ts';

/** Payloads are ciphertext; the key that opens them is a row of its own, so that destroying it erases every copy at once. */
export const payloadMigration: Migration = {
  name: '0002-payload',
  sql: `
create table payload (
  org text not null,
  digest bytea not null,
  kind text not null,
  class text not null,
  subject text not null,
  data_key bytea not null,
  cipher bytea not null,
  retain_until timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (org, digest)
);
alter table payload alter column cipher set storage external;
create index payload_retain on payload (org, retain_until) where retain_until is not null;
create index payload_subject on payload (org, subject);

create table payload_erased (
  org text not null,
  digest bytea not null,
  at timestamptz not null default clock_timestamp(),
  primary key (org, digest)
);

create table data_key (
  org text not null,
  id bytea not null,
  subject text not null,
  class text not null,
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (org, id)
);
create index data_key_subject on data_key (org, subject);

create table legal_hold (
  org text not null,
  subject text not null,
  reason text not null,
  set_by text not null,
  set_at timestamptz not null default clock_timestamp(),
  primary key (org, subject)
);
`,
  grants: {
    countersign_app: ['select, insert on payload, payload_erased, data_key', 'select, insert, delete on legal_hold'],
    countersign_eraser: ['select, delete on payload, data_key', 'select on legal_hold', 'select, insert on payload_erased'],
    countersign_reader: ['select on payload, payload_erased, legal_hold'],
  },
};
