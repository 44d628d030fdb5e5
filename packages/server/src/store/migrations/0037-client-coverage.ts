import type { Migration } from './migration.ts';

/** The newest report of the probe for each agent and client; `capped` is lifted by a person's clean report only. */
export const clientCoverageMigration: Migration = {
  name: '0037-client-coverage',
  sql: `
create table client_coverage (
  org text collate "C" not null,
  agent text collate "C" not null,
  client text collate "C" not null,
  version text not null,
  rows text not null,
  reported_by text not null,
  reported_at timestamptz not null default clock_timestamp(),
  capped boolean not null,
  primary key (org, agent, client)
);
`,
  grants: {
    countersign_app: ['select, insert, update on client_coverage'],
    countersign_reader: ['select on client_coverage'],
  },
};
