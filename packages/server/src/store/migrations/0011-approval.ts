import type { Migration } from './migration.ts';

/** Texts of people and agents are JSON strings here: NUL and lone surrogates are escaped, so no text can break a record. */
export const approvalMigration: Migration = {
  name: '0011-approval',
  sql: `
create table approval (
  org text collate "C" not null,
  id text collate "C" not null,
  decision text not null,
  request_digest text not null,
  shown_digest text not null,
  revision text not null,
  requester text not null,
  on_behalf_of text not null,
  mandate text,
  task text,
  action text not null,
  class text not null,
  gates text not null,
  shown text not null,
  state text not null check (state in ('open', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'lapsed')),
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  used_by text,
  primary key (org, id)
);
create unique index approval_standing on approval (org, request_digest, revision, coalesce(mandate, '')) where state in ('open', 'approved');
create index approval_state on approval (org, state, id);
create index approval_due on approval (expires_at) where state in ('open', 'approved');

create table approval_verdict (
  org text collate "C" not null,
  approval text collate "C" not null,
  approver text collate "C" not null,
  answer text not null check (answer in ('approve', 'deny')),
  gate text not null,
  reason text not null,
  shown_digest text not null,
  at timestamptz not null,
  primary key (org, approval, approver)
);

create table outbox (
  org text collate "C" not null,
  id text collate "C" not null,
  kind text not null,
  body text not null,
  due timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  done timestamptz,
  failed text,
  primary key (org, id)
);
create index outbox_due on outbox (due) where done is null;
`,
  grants: {
    countersign_app: [
      'select, insert, update on approval',
      'select, insert on approval_verdict',
      'select, insert, update, delete on outbox',
    ],
    countersign_reader: ['select on approval, approval_verdict, outbox'],
  },
};
