import type { Migration } from './migration.ts';

/** `rank` is the index of the data class, `taints` has a bit for each of `TAINTS`; a task without a row has neither. */
export const taskMarkMigration: Migration = {
  name: '0025-task-mark',
  sql: `
create table task_mark (
  org text collate "C" not null,
  task text collate "C" not null,
  rank smallint not null default 0 check (rank between 0 and 3),
  taints smallint not null default 0 check (taints between 0 and 7),
  changed timestamptz not null default clock_timestamp(),
  primary key (org, task)
);
`,
  grants: {
    countersign_app: ['select, insert, update on task_mark'],
    countersign_reader: ['select on task_mark'],
  },
};
