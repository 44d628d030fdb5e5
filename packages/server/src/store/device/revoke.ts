/** The end of a device, and what its calls are for. */
import { Fault } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import type { DeviceRecord } from '../../ports/devices.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';
import { DEVICE_COLUMNS, type DeviceRow, deviceOf } from './row.ts';

export interface DeviceEnd {
  readonly org: string;
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** `revoked` by a person, `reuse` by ourselves. */
  readonly code: 'revoked' | 'reuse';
}

const notFound = (): Fault => new Fault('request.not-found', 'There is no such device.');

export async function revokeDevice(parts: StateParts, tx: Tx, { org, id, by, reason, code }: DeviceEnd): Promise<DeviceRecord> {
  const [row] = await tx.query<DeviceRow>(
    `update device set revoked_at = clock_timestamp(), revoked_by = $3, revoked_reason = $4
     where org = $1 and id = $2 and revoked_at is null returning ${DEVICE_COLUMNS}`,
    [org, id, by, JSON.stringify(reason)],
  );
  if (row === undefined) {
    const [there] = await tx.query<DeviceRow>(`select ${DEVICE_COLUMNS} from device where org = $1 and id = $2`, [org, id]);
    if (there === undefined) throw notFound();
    return deviceOf(there);
  }
  await raiseVersion(tx, org);
  const detail = { device: ledgerId(id), client: row.client, by: pseudonymOf(by), code };
  const entry = { ...envelope(parts.author, org), principal: pseudonymOf(row.agent), type: 'device.revoked', detail } as const;
  await insertOutbox(tx, [{ org, id: entry.id, kind: 'device.revoked', body: { device: id, by, reason, code } }]);
  await parts.ledger.appendInTx(tx, org, [entry]);
  return deviceOf(row);
}

export interface Binding {
  readonly org: string;
  readonly id: string;
  readonly mandate: string | null;
  readonly by: string;
}

export async function bindDevice(parts: StateParts, tx: Tx, { org, id, mandate, by }: Binding): Promise<DeviceRecord> {
  const [row] = await tx.query<DeviceRow>(
    `update device set mandate = $3 where org = $1 and id = $2 and revoked_at is null returning ${DEVICE_COLUMNS}`,
    [org, id, mandate],
  );
  if (row === undefined) throw notFound();
  await raiseVersion(tx, org);
  const subject = mandate === null ? {} : { mandate: ledgerId(mandate) };
  const detail = { device: ledgerId(id), by: pseudonymOf(by) };
  await parts.ledger.appendInTx(tx, org, [
    { ...envelope(parts.author, org), ...subject, principal: pseudonymOf(row.agent), type: 'device.bound', detail },
  ]);
  return deviceOf(row);
}
