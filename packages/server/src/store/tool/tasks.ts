/** Tasks of the tool door, and values that are used once. Specified by ports/tool-session.ts. */
import { Fault } from '@countersign/kernel/fault';
import {
  TOOL_TASKS_PER_PRINCIPAL_MAX,
  type ToolNonces,
  type ToolTask,
  type ToolTasks,
  type ToolTaskState,
} from '../../ports/tool-session.ts';
import { type Store, statement } from '../postgres/index.ts';

interface TaskRow {
  readonly org: string;
  readonly id: string;
  readonly principal: string;
  readonly mandate: string | null;
  readonly credential: string;
  readonly tool: string;
  readonly approval: string | null;
  readonly request_digest: string;
  readonly request: Buffer;
  readonly state: ToolTaskState;
  readonly message: string;
  readonly result: Buffer | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly expires_at: Date;
}

const COLUMNS =
  'org, id, principal, mandate, credential, tool, approval, request_digest, request, state, message, result, created_at, updated_at, expires_at';
const OWN = 'org = $1 and id = $2 and principal = $3 and expires_at > clock_timestamp()';

/** Counted with the insert: two at once may both pass the cap, by no more than there are at once. */
const INSERT = statement(`
insert into tool_task (org, id, principal, mandate, credential, tool, approval, request_digest, request, state, message, created_at, updated_at, expires_at)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, 'working', $10, clock_timestamp(), clock_timestamp(),
  clock_timestamp() + make_interval(secs => $11)
where (select count(*) from tool_task where org = $1 and principal = $3 and state in ('working', 'acting') and expires_at > clock_timestamp()) < $12
on conflict do nothing returning ${COLUMNS}`);
const FIND = statement(`select ${COLUMNS} from tool_task where ${OWN}`);
const CLAIM = statement(`
update tool_task set state = 'acting', updated_at = clock_timestamp() where ${OWN} and state = 'working' returning 1`);
const FINISH = statement(`
update tool_task set state = $4, message = $5, result = $6, updated_at = clock_timestamp()
where ${OWN} and state in ('working', 'acting') returning 1`);
const CANCEL = statement(`
update tool_task set state = 'cancelled', message = $4, updated_at = clock_timestamp() where ${OWN} and state = 'working' returning 1`);

const taskOf = (row: TaskRow): ToolTask => ({
  org: row.org,
  id: row.id,
  principal: row.principal,
  mandate: row.mandate,
  credential: row.credential,
  tool: row.tool,
  approval: row.approval,
  requestDigest: row.request_digest,
  request: row.request,
  state: row.state,
  message: row.message,
  result: row.result,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
});

export function openToolTasks(store: Store): ToolTasks {
  const find: ToolTasks['find'] = async ({ org, id, principal }) => {
    const [row] = await store.query<TaskRow>(FIND, [org, id, principal]);
    return row === undefined ? undefined : taskOf(row);
  };
  return {
    find,
    async open(draft) {
      const { org, id, principal, mandate, credential, tool, approval, requestDigest, request, message, ttlMs } = draft;
      const values = [org, id, principal, mandate, credential, tool, approval, requestDigest, Buffer.from(request), message];
      const [row] = await store.query<TaskRow>(INSERT, [...values, ttlMs / 1_000, TOOL_TASKS_PER_PRINCIPAL_MAX]);
      if (row !== undefined) return taskOf(row);
      const there = await store.query('select 1 as one from tool_task where org = $1 and id = $2', [org, id]);
      throw there.length > 0
        ? new Fault('request.conflict', 'A task with this id exists.')
        : new Fault('request.rate-limited', `There are ${TOOL_TASKS_PER_PRINCIPAL_MAX} open tasks already. Wait for one to end.`);
    },
    // One statement each: when its commit is unknown, the caller gets the fault and does not act.
    async claim({ org, id, principal }) {
      return (await store.query(CLAIM, [org, id, principal])).length === 1;
    },
    async finish({ org, id, principal }, { state, message, result }) {
      return (await store.query(FINISH, [org, id, principal, state, message, Buffer.from(result)])).length === 1;
    },
    async cancel(handle, message) {
      await store.query(CANCEL, [handle.org, handle.id, handle.principal, message]);
      return find(handle);
    },
    async sweep() {
      const sql = 'delete from tool_task where expires_at < clock_timestamp() returning 1';
      return (await store.query(sql, [], 'jobs')).length;
    },
  };
}

/** Clocks of nodes differ; a row outlives its value by this. */
const NONCE_SLACK_MS = 3_600_000;

const CONSUME = statement(`
insert into tool_nonce (org, nonce, expires_at) values ($1, $2, $3) on conflict do nothing returning 1`);

export function openToolNonces(store: Store): ToolNonces {
  return {
    async consume(org, nonce, expiresAt) {
      return (await store.query(CONSUME, [org, nonce, new Date(expiresAt)])).length === 1;
    },
    async sweep() {
      const sql = 'delete from tool_nonce where expires_at < clock_timestamp() - make_interval(secs => $1) returning 1';
      return (await store.query(sql, [NONCE_SLACK_MS / 1_000], 'jobs')).length;
    },
  };
}
