import type { ClientName } from '../../ports/clients.ts';
import type { DeviceLogin, DeviceRecord } from '../../ports/devices.ts';

export interface DeviceRow {
  readonly id: string;
  readonly org: string;
  readonly client: ClientName;
  readonly agent: string;
  readonly mandate: string | null;
  readonly on_behalf_of: string;
  readonly label: string;
  readonly authorized_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly seen_at: Date | null;
}

export const DEVICE_COLUMNS =
  'id, org, client, agent, mandate, on_behalf_of, label, authorized_by, created_at, expires_at, revoked_at, seen_at';

export const deviceOf = (row: DeviceRow): DeviceRecord => ({
  id: row.id,
  org: row.org,
  client: row.client,
  agent: row.agent,
  mandate: row.mandate,
  onBehalfOf: row.on_behalf_of,
  label: JSON.parse(row.label) as string,
  authorizedBy: row.authorized_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  seenAt: row.seen_at?.toISOString() ?? null,
});

export interface LoginRow {
  readonly org: string;
  readonly code_hash: string;
  readonly user_code: string;
  readonly client: ClientName;
  readonly user_agent: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly state: DeviceLogin['state'];
  readonly device: string | null;
}

export const LOGIN_COLUMNS = 'org, code_hash, user_code, client, user_agent, created_at, expires_at, state, device';

export const loginOf = (row: LoginRow): DeviceLogin => ({
  org: row.org,
  codeHash: row.code_hash,
  userCode: row.user_code,
  client: row.client,
  userAgent: JSON.parse(row.user_agent) as string,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  state: row.state,
  device: row.device,
});
