import type { DeviceRecord, DeviceStore } from '../../ports/devices.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';
import { authorizeLogin, beginLogin, openLogin, pollLogin, refuseLogin } from './login.ts';
import { refreshDevice } from './refresh.ts';
import { bindDevice, revokeDevice } from './revoke.ts';
import { DEVICE_COLUMNS, type DeviceRow, deviceOf } from './row.ts';
import { sightingsOf } from './sighting.ts';

const LIVE = 'revoked_at is null and expires_at > clock_timestamp()';
const BY_PATH = `update device set seen_at = clock_timestamp() where org = $1 and path_hash = $2 and ${LIVE} returning ${DEVICE_COLUMNS}`;
const BY_CREDENTIAL = `
update device set seen_at = clock_timestamp()
where org = $1 and id = (select device from device_credential where org = $1 and credential = $2) and ${LIVE}
returning ${DEVICE_COLUMNS}`;
const SERVED = `
update device set settings_before = settings, settings = $3, settings_at = clock_timestamp()
where org = $1 and id = $2 and settings is distinct from $3`;
const LIST = `select ${DEVICE_COLUMNS} from device where org = $1 and ($2::text is null or id < $2) order by id desc limit $3`;

/** Sign-ins that are over are kept this long, for nobody. */
const LOGIN_DAYS = 1;

export function openDevices(parts: StateParts): DeviceStore & { prune(): Promise<number> } {
  const { store } = parts;
  const first = async (sql: string, values: readonly unknown[]): Promise<DeviceRecord | undefined> => {
    const [row] = await store.query<DeviceRow>(sql, values);
    return row === undefined ? undefined : deviceOf(row);
  };
  return {
    begin: (login) => store.tx((tx) => beginLogin(tx, login), REPEATABLE),
    login: (org, userCode) => store.tx((tx) => openLogin(tx, org, userCode), REPEATABLE),
    authorize: (draft) => store.tx((tx) => authorizeLogin(parts, tx, draft), REPEATABLE),
    refuse: (org, userCode) => store.tx((tx) => refuseLogin(tx, org, userCode), REPEATABLE),
    // A commit of which nobody knows is not tried again: the code or token would look spent. The client asks anew.
    poll: (org, codeHash, token) => store.tx((tx) => pollLogin(parts, tx, { org, codeHash, token })),
    refresh: (org, refreshHash, token, named) => store.tx((tx) => refreshDevice(parts, tx, { org, refreshHash, token, named })),
    byPath: (org, pathHash) => first(BY_PATH, [org, pathHash]),
    byCredential: (org, credential) => first(BY_CREDENTIAL, [org, credential]),
    find: (org, id) => first(`select ${DEVICE_COLUMNS} from device where org = $1 and id = $2`, [org, id]),
    async list(org, { limit, cursor }) {
      const rows = await store.query<DeviceRow>(LIST, [org, cursor ?? null, limit + 1]);
      const data = rows.slice(0, limit).map(deviceOf);
      const last = data[data.length - 1];
      return rows.length > limit && last !== undefined ? { data, nextCursor: last.id } : { data };
    },
    revoke: (org, id, by, reason) =>
      store.tx((tx) => revokeDevice(parts, tx, { org, id, by, reason, code: 'revoked' }), REPEATABLE),
    bind: (org, id, mandate, by) => store.tx((tx) => bindDevice(parts, tx, { org, id, mandate, by }), REPEATABLE),
    async served(org, id, checksum) {
      await store.query(SERVED, [org, id, checksum]);
    },
    sightings: (org) => sightingsOf(parts, org),
    async prune() {
      const sql = 'delete from device_login where expires_at < clock_timestamp() - make_interval(days => $1) returning 1';
      return (await store.query(sql, [LOGIN_DAYS], 'jobs')).length;
    },
  };
}
