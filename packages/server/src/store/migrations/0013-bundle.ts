import type { Migration } from './migration.ts';

export const bundleMigration: Migration = {
  name: '0013-bundle',
  sql: `
create table bundle (
  org text collate "C" not null,
  revision text collate "C" not null,
  archive bytea not null,
  signature text not null,
  key_id text not null,
  created_at timestamptz not null,
  primary key (org, revision)
);
alter table bundle alter column archive set storage external;

create table bundle_active (
  org text collate "C" primary key,
  revision text not null
);

create table bundle_applied (
  org text collate "C" not null,
  n bigint not null,
  revision text not null,
  applied_at timestamptz not null,
  by text not null,
  detail text not null,
  primary key (org, n)
);
`,
  grants: {
    countersign_app: ['select, insert on bundle, bundle_applied', 'select, insert, update on bundle_active'],
    countersign_reader: ['select on bundle, bundle_active, bundle_applied'],
  },
};
