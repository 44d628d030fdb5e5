import type { Migration } from './migration.ts';

/**
 * What agents remember. Text and tags are a payload, so that they are encrypted, kept and erased like every other; a row goes in the
 * statement that erases its payload. `memory_place` has a row to lock for each place, so that two writers count one after the other.
 */
export const memoryMigration: Migration = {
  name: '0030-memory',
  sql: `
create table memory (
  org text collate "C" not null,
  id text collate "C" not null,
  scope text not null check (scope in ('task', 'agent', 'team', 'repository', 'organisation')),
  owner text collate "C" not null,
  agent text collate "C" not null,
  subject text not null,
  class text not null,
  taints text not null,
  bytes integer not null,
  digest bytea not null,
  decision text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (org, id)
);
create index memory_of_place on memory (org, scope, owner);
create index memory_digest on memory (org, digest);

create table memory_place (
  org text collate "C" not null,
  scope text collate "C" not null,
  owner text collate "C" not null,
  puts bigint not null,
  primary key (org, scope, owner)
);
`,
  grants: {
    countersign_app: ['select, insert on memory', 'select, insert, update, delete on memory_place'],
    countersign_eraser: ['select, delete on memory'],
    countersign_reader: ['select on memory'],
  },
};
