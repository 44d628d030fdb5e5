import type { Migration } from './migration.ts';

/**
 * Machines on which a client is signed in. A device's tokens are ordinary credentials; `device_credential` says whose they are, so that revoking or
 * binding the device is one row for all of them. Nothing here holds a secret, only hashes.
 */
export const deviceMigration: Migration = {
  name: '0034-device',
  sql: `
create table device_login (
  org text collate "C" not null,
  code_hash text collate "C" not null,
  user_code text collate "C" not null,
  client text not null,
  user_agent text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  polled_at timestamptz,
  state text not null check (state in ('open', 'authorized', 'refused', 'used')),
  device text,
  primary key (org, code_hash),
  unique (org, user_code)
);
create index device_login_age on device_login (expires_at);

create table device (
  org text collate "C" not null,
  id text collate "C" not null,
  client text not null,
  agent text not null,
  mandate text,
  on_behalf_of text not null,
  label text not null,
  authorized_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  path_hash text collate "C" not null,
  refresh_hash text collate "C",
  refresh_before text collate "C",
  refreshed_at timestamptz,
  settings text,
  settings_before text,
  settings_at timestamptz,
  seen_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text,
  primary key (org, id)
);
create index device_path on device (org, path_hash);
create index device_refresh on device (org, refresh_hash);
create index device_refresh_before on device (org, refresh_before);

create table device_credential (
  org text collate "C" not null,
  credential text collate "C" not null,
  device text collate "C" not null,
  primary key (org, credential)
);

create table client_sighting (
  org text collate "C" not null,
  subject text collate "C" not null,
  client text not null,
  version text not null,
  state text not null,
  since timestamptz not null,
  seen_at timestamptz not null,
  primary key (org, subject, client)
);

create table client_published (
  org text collate "C" not null,
  client text collate "C" not null,
  digest text collate "C" not null,
  since timestamptz not null,
  primary key (org, client, digest)
);
`,
  grants: {
    countersign_app: [
      'select, insert, update, delete on device_login',
      'select, insert, update on device, client_sighting, client_published',
      'select, insert on device_credential',
    ],
    countersign_reader: ['select on device, device_credential, client_sighting, client_published'],
  },
};
