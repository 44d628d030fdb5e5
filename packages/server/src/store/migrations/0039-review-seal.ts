import type { Migration } from './migration.ts';

/** The salt of what an entry holds sealed. The index is for approvals that a person's refusal came before. */
export const reviewSealMigration: Migration = {
  name: '0039-review-seal',
  sql: `
alter table review add column salt text;
create index review_applied on review (org, at) where outcome = 'approve' and applied and label is null;
`,
  grants: {},
};
