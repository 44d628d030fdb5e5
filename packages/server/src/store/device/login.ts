/** From a client that asks to be let in to a device with its first token. */
import { Fault } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import type { CredentialRecord } from '../../ports/identity.ts';
import type { DeviceLogin, DeviceRecord, Poll, TokenDraft } from '../../ports/devices.ts';
import { insertCredential } from '../identity/credential.ts';
import type { Tx } from '../postgres/index.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';
import { DEVICE_COLUMNS, type DeviceRow, deviceOf, LOGIN_COLUMNS, type LoginRow, loginOf } from './row.ts';

/** Anybody may ask, so what they leave here is bounded. */
const WAITING_MAX = 500;
/** Clients that ask more often than this are told to be slower. */
const POLL_SECONDS = 4;

const BEGIN = `
insert into device_login (org, code_hash, user_code, client, user_agent, created_at, expires_at, state)
select $1, $2, $3, $4, $5, $6, $7, 'open'
where (select count(*) from device_login where org = $1 and expires_at > clock_timestamp()) < ${WAITING_MAX}
on conflict do nothing`;

/** @throws Fault request.rate-limited */
export async function beginLogin(tx: Tx, login: DeviceLogin): Promise<void> {
  const { org, codeHash, userCode, client, userAgent, createdAt, expiresAt } = login;
  const values = [org, codeHash, userCode, client, JSON.stringify(userAgent), createdAt, expiresAt];
  if ((await tx.run(BEGIN, values)) === 1) return;
  const there = await tx.query('select 1 as one from device_login where org = $1 and code_hash = $2', [org, codeHash]);
  if (there.length === 0) throw new Fault('request.rate-limited', 'Too many sign-ins wait for a person. Try again later.');
}

const OPEN = `select ${LOGIN_COLUMNS} from device_login
where org = $1 and user_code = $2 and state = 'open' and expires_at > clock_timestamp()`;

export async function openLogin(tx: Tx, org: string, userCode: string): Promise<DeviceLogin | undefined> {
  const [row] = await tx.query<LoginRow>(OPEN, [org, userCode]);
  return row === undefined ? undefined : loginOf(row);
}

export interface Authorization {
  readonly userCode: string;
  readonly device: DeviceRecord;
  readonly key: CredentialRecord;
  readonly pathHash: string;
}

const INSERT = `
insert into device (org, id, client, agent, mandate, on_behalf_of, label, authorized_by, created_at, expires_at, path_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`;

/** The same again changes nothing. @throws Fault request.not-found, request.conflict */
export async function authorizeLogin(parts: StateParts, tx: Tx, draft: Authorization): Promise<DeviceRecord> {
  const { userCode, device, key, pathHash } = draft;
  const { org, id, client, agent, mandate, onBehalfOf, label, authorizedBy, createdAt, expiresAt } = device;
  const [there] = await tx.query<DeviceRow>(`select ${DEVICE_COLUMNS} from device where org = $1 and id = $2`, [org, id]);
  if (there !== undefined) return deviceOf(there);
  const taken = await tx.run(
    `update device_login set state = 'authorized', device = $3
     where org = $1 and user_code = $2 and state = 'open' and expires_at > clock_timestamp() and client = $4`,
    [org, userCode, id, client],
  );
  if (taken === 0) throw new Fault('request.not-found', 'Nothing with this code waits to be let in.');
  const values = [org, id, client, agent, mandate, onBehalfOf, JSON.stringify(label), authorizedBy, createdAt, expiresAt];
  await tx.run(INSERT, [...values, pathHash]);
  await belong(tx, org, id, key.id);
  const issued = await insertCredential(parts, tx, key, authorizedBy);
  await raiseVersion(tx, org);
  const subject = mandate === null ? {} : { mandate: ledgerId(mandate) };
  const detail = { device: ledgerId(id), client, by: pseudonymOf(authorizedBy), expiresAt: entryTime(expiresAt) };
  await parts.ledger.appendInTx(tx, org, [
    ...(issued === undefined ? [] : [issued]),
    { ...envelope(parts.author, org), ...subject, principal: pseudonymOf(agent), type: 'device.authorized', detail },
  ]);
  return device;
}

const belong = (tx: Tx, org: string, device: string, credential: string): Promise<number> =>
  tx.run('insert into device_credential (org, credential, device) values ($1, $2, $3) on conflict do nothing', [
    org,
    credential,
    device,
  ]);

export async function refuseLogin(tx: Tx, org: string, userCode: string): Promise<void> {
  const refused = await tx.run(
    `update device_login set state = 'refused' where org = $1 and user_code = $2 and state in ('open', 'refused')`,
    [org, userCode],
  );
  if (refused === 0) throw new Fault('request.not-found', 'Nothing with this code waits to be let in.');
}

interface PolledRow {
  readonly state: DeviceLogin['state'];
  readonly device: string | null;
  readonly over: boolean;
  readonly hasty: boolean;
}

const POLLED = `
select state, device, expires_at <= clock_timestamp() as over,
  polled_at is not null and polled_at > clock_timestamp() - make_interval(secs => ${POLL_SECONDS}) as hasty
from device_login where org = $1 and code_hash = $2 for update`;

const LIVE_DEVICE = `select ${DEVICE_COLUMNS} from device
where org = $1 and id = $2 and revoked_at is null and expires_at > clock_timestamp() for update`;

type Token = (device: DeviceRecord) => TokenDraft;

export async function pollLogin(
  parts: StateParts,
  tx: Tx,
  { org, codeHash, token }: { readonly org: string; readonly codeHash: string; readonly token: Token },
): Promise<Poll> {
  const [row] = await tx.query<PolledRow>(POLLED, [org, codeHash]);
  if (row === undefined || row.over || row.state === 'used') return { state: 'expired' };
  if (row.state === 'refused') return { state: 'refused' };
  if (row.state === 'open') {
    await tx.run('update device_login set polled_at = clock_timestamp() where org = $1 and code_hash = $2', [org, codeHash]);
    return { state: row.hasty ? 'slow' : 'pending' };
  }
  const [device] = await tx.query<DeviceRow>(LIVE_DEVICE, [org, row.device]);
  if (device === undefined) return { state: 'refused' };
  await tx.run(`update device_login set state = 'used' where org = $1 and code_hash = $2`, [org, codeHash]);
  const record = deviceOf(device);
  await giveToken(parts, tx, record, token(record));
  return { state: 'authorized', device: record };
}

/** The refresh token that was in force stays known, so that its second use is noticed. */
export async function giveToken(parts: StateParts, tx: Tx, device: DeviceRecord, draft: TokenDraft): Promise<void> {
  const { access, refreshHash } = draft;
  await tx.run(
    `update device set refresh_before = refresh_hash, refresh_hash = $3, refreshed_at = clock_timestamp(), seen_at = clock_timestamp()
     where org = $1 and id = $2`,
    [device.org, device.id, refreshHash],
  );
  await belong(tx, device.org, device.id, access.id);
  const issued = await insertCredential(parts, tx, access, device.authorizedBy);
  await raiseVersion(tx, device.org);
  if (issued !== undefined) await parts.ledger.appendInTx(tx, device.org, [issued]);
}
