/** Sessions of the tool door. Specified by ports/tool-session.ts. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { SESSION_IDLE_MS, SESSIONS_PER_PRINCIPAL_MAX, type ToolSession, type ToolSessions } from '../../ports/tool-session.ts';
import { type Store, statement } from '../postgres/index.ts';

/** A use within this time of the one before is not written again: a busy session costs one write for many requests. */
const TOUCH_MS = 30_000;

interface SessionRow {
  readonly org: string;
  readonly id: string;
  readonly principal: string;
  readonly mandate: string | null;
  readonly credential: string;
  readonly protocol_version: string;
  readonly capabilities: string;
  readonly client_info: string;
  readonly log_level: string | null;
  readonly ready: boolean;
  readonly opened_at: Date;
  readonly last_seen: Date;
}

const COLUMNS =
  'org, id, principal, mandate, credential, protocol_version, capabilities, client_info, log_level, ready, opened_at, last_seen';
const OWN = `org = $1 and id = $2 and principal = $3 and last_seen > clock_timestamp() - make_interval(secs => $4)`;

const INSERT = statement(`
insert into tool_session (org, id, principal, mandate, credential, protocol_version, capabilities, client_info, opened_at, last_seen)
values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp())
on conflict do nothing returning ${COLUMNS}`);
const EVICT = statement(`
delete from tool_session where org = $1 and id in (
  select id from tool_session where org = $1 and principal = $2 order by last_seen desc, id offset $3)`);
const FIND = statement(`select ${COLUMNS} from tool_session where ${OWN}`);
const TOUCH = statement(`
with alive as (select 1 from tool_session where ${OWN}),
touched as (
  update tool_session set last_seen = clock_timestamp(), log_level = coalesce($5, log_level), ready = ready or $6
  where ${OWN} and ($5::text is not null or ($6 and not ready) or last_seen < clock_timestamp() - make_interval(secs => $7)))
select count(*)::int as n from alive`);
const END = statement('delete from tool_session where org = $1 and id = $2 and principal = $3 returning 1');

const sessionOf = (row: SessionRow): ToolSession => ({
  org: row.org,
  id: row.id,
  principal: row.principal,
  mandate: row.mandate,
  credential: row.credential,
  protocolVersion: row.protocol_version,
  capabilities: JSON.parse(row.capabilities) as JsonRecord,
  clientInfo: JSON.parse(row.client_info) as JsonRecord,
  logLevel: row.log_level,
  ready: row.ready,
  openedAt: row.opened_at.toISOString(),
  lastSeenAt: row.last_seen.toISOString(),
});

const IDLE_S = SESSION_IDLE_MS / 1_000;

export function openToolSessions(store: Store): ToolSessions {
  return {
    async open(draft) {
      const { org, id, principal, mandate, credential, protocolVersion } = draft;
      const texts = [JSON.stringify(draft.capabilities), JSON.stringify(draft.clientInfo)];
      const [row] = await store.query<SessionRow>(INSERT, [org, id, principal, mandate, credential, protocolVersion, ...texts]);
      if (row === undefined) throw new Fault('request.conflict', 'A session with this id exists.');
      // After the insert is visible, so that of many at once the last to look sees all of them.
      await store.query(EVICT, [org, principal, SESSIONS_PER_PRINCIPAL_MAX]);
      return sessionOf(row);
    },
    async find({ org, id, principal }) {
      const [row] = await store.query<SessionRow>(FIND, [org, id, principal, IDLE_S]);
      return row === undefined ? undefined : sessionOf(row);
    },
    async touch({ org, id, principal }, change = {}) {
      const values = [org, id, principal, IDLE_S, change.logLevel ?? null, change.ready ?? false, TOUCH_MS / 1_000];
      const [row] = await store.query<{ n: number }>(TOUCH, values);
      return row?.n === 1;
    },
    async end({ org, id, principal }) {
      return (await store.query(END, [org, id, principal])).length === 1;
    },
    async sweep() {
      const sql = 'delete from tool_session where last_seen < clock_timestamp() - make_interval(secs => $1) returning 1';
      return (await store.query(sql, [IDLE_S], 'jobs')).length;
    },
  };
}
