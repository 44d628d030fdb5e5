import type { Migration } from './migration.ts';

/** A row of `review` without an outcome is a claim. `rationale` is a JSON string: NUL and lone surrogates are escaped. What people said before `began` does not count for a class. */
export const reviewMigration: Migration = {
  name: '0038-review',
  sql: `
create table review (
  org text collate "C" not null,
  approval text collate "C" not null,
  claimed_until timestamptz not null,
  likeness text,
  class text collate "C",
  outcome text check (outcome in ('approve', 'ask')),
  codes text not null default '[]',
  rationale text,
  applied boolean not null default false,
  at timestamptz,
  label text check (label in ('right', 'wrong')),
  labelled_at timestamptz,
  primary key (org, approval)
);
create index review_likeness on review (org, likeness);
create index review_class_labels on review (org, class, labelled_at) where label is not null;
create index review_unlabelled on review (org, approval) where outcome = 'approve' and not applied and label is null;

create table review_class (
  org text collate "C" not null,
  class text collate "C" not null,
  state text not null check (state in ('shadow', 'live', 'suspended')),
  since timestamptz not null default clock_timestamp(),
  began timestamptz not null default 'epoch',
  primary key (org, class)
);
`,
  grants: {
    countersign_app: ['select, insert, update on review', 'select, insert, update on review_class'],
    countersign_reader: ['select on review, review_class'],
  },
};
