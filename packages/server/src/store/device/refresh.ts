/** Refresh tokens, used once each. */
import type { DeviceRecord, TokenDraft } from '../../ports/devices.ts';
import type { Tx } from '../postgres/index.ts';
import type { StateParts } from '../record/parts.ts';
import { giveToken } from './login.ts';
import { revokeDevice } from './revoke.ts';
import { DEVICE_COLUMNS, type DeviceRow, deviceOf } from './row.ts';

/** An answer that was lost on its way may be asked for again within this time. */
const LOST_SECONDS = 60;

interface RefreshRow extends DeviceRow {
  readonly newest: boolean;
  readonly recent: boolean;
  readonly over: boolean;
}

const FIND = `
select ${DEVICE_COLUMNS}, refresh_hash = $2 as newest, expires_at <= clock_timestamp() as over,
  refreshed_at > clock_timestamp() - make_interval(secs => ${LOST_SECONDS}) as recent
from device where org = $1 and (refresh_hash = $2 or refresh_before = $2) for update`;

async function shutOut(parts: StateParts, tx: Tx, { org, id, authorizedBy: by }: DeviceRecord): Promise<undefined> {
  await revokeDevice(parts, tx, { org, id, by, reason: 'refresh token used twice', code: 'reuse' });
}

const NAMED = `select ${DEVICE_COLUMNS} from device where org = $1 and id = $2 and revoked_at is null for update`;

/** Of the tokens before the last one no hash is kept: whoever refreshed twice with a stolen one would go on unnoticed. */
async function usedBefore(parts: StateParts, tx: Tx, { org, named }: Refresh): Promise<undefined> {
  if (named === undefined) return;
  const [row] = await tx.query<DeviceRow>(NAMED, [org, named]);
  if (row !== undefined) await shutOut(parts, tx, deviceOf(row));
}

export interface Refresh {
  /** Device that the token was given to, where it is known to be one of ours. */
  readonly named?: string | undefined;
  readonly org: string;
  readonly refreshHash: string;
  readonly token: (device: DeviceRecord) => TokenDraft;
}

/** Undefined where it is refused. */
export async function refreshDevice(parts: StateParts, tx: Tx, asked: Refresh): Promise<DeviceRecord | undefined> {
  const { org, refreshHash, token } = asked;
  const [row] = await tx.query<RefreshRow>(FIND, [org, refreshHash]);
  if (row === undefined) return await usedBefore(parts, tx, asked);
  if (row.revoked_at !== null || row.over) return undefined;
  const device = deviceOf(row);
  if (!row.newest && !row.recent) return await shutOut(parts, tx, device);
  await giveToken(parts, tx, device, token(device));
  return device;
}
