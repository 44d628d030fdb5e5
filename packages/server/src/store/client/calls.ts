/** What clients asked before they acted. Specified by ports/hook-calls.ts. */
import type { HookCalls } from '../../ports/hook-calls.ts';
import { type Store, statement } from '../postgres/index.ts';

const SESSION = 'org = $1 and agent = $2 and client = $3 and session = $4';

/** The first one stands. The update changes nothing but the time, so that a session in use is not swept. */
const ROOT = statement(`
insert into hook_session (org, agent, client, session, root) values ($1, $2, $3, $4, $5)
on conflict (org, agent, client, session) do update set seen_at = clock_timestamp() returning root`);

const READ_ROOT = statement(`select root from hook_session where ${SESSION}`);

/**
 * A new question about the same request: what was allowed before was for the call before. A second question does not name its call; it is that of
 * the first one, or of what was told to wait: a patch within a command is asked about as a patch.
 */
const PUT = statement(`
with voided as (
  update hook_call set taken_at = clock_timestamp()
  where ${SESSION} and turn = $5 and digest = $7 and $9 = 'PreToolUse' and taken_at is null
)
insert into hook_call (org, agent, client, session, turn, call, digest, tool, event, word, decision)
values ($1, $2, $3, $4, $5, coalesce($6, (
  select call from hook_call
  where ${SESSION} and turn = $5 and event = 'PreToolUse' and (digest = $7 or word = 'ask')
  order by digest = $7 desc, id desc limit 1
)), $7, $8, $9, $10, $11)`);

/** A request that its client has asked about before, and not used since. */
const ASKED = `${SESSION} and turn = $5 and digest = $6 and event = 'PreToolUse' and taken_at is null
    and asked_at > clock_timestamp() - make_interval(secs => $7)`;

const TAKE = statement(`
update hook_call set taken_at = clock_timestamp()
where org = $1 and id = (
  select id from hook_call
  where ${ASKED} and word = 'allow'
  order by id desc limit 1 for update skip locked
)
returning decision, call`);

const WAS_ASKED = statement(`select 1 as one from hook_call where ${ASKED} and word <> 'deny' limit 1`);

const SWEEP_CALLS = statement('delete from hook_call where asked_at < clock_timestamp() - make_interval(days => $1)');
const SWEEP_SESSIONS = statement('delete from hook_session where seen_at < clock_timestamp() - make_interval(days => $1)');

interface Taken {
  readonly decision: string | null;
  readonly call: string | null;
}

export function openHookCalls(store: Store): HookCalls {
  return {
    async rootOf({ org, agent, client, session }, cwd) {
      const who = [org, agent, client, session];
      const rows = await (cwd === undefined
        ? store.query<{ root: string }>(READ_ROOT, who)
        : store.query<{ root: string }>(ROOT, [...who, cwd]));
      return rows[0]?.root;
    },
    async put({ org, agent, client, session, turn, call, digest, tool, event, word, decision }) {
      await store.query(PUT, [org, agent, client, session, turn, call, digest, tool, event, word, decision]);
    },
    async take({ org, agent, client, session }, { turn, digest, withinMs }) {
      const [row] = await store.query<Taken>(TAKE, [org, agent, client, session, turn, digest, withinMs / 1_000]);
      return row;
    },
    async asked({ org, agent, client, session }, { turn, digest, withinMs }) {
      const rows = await store.query(WAS_ASKED, [org, agent, client, session, turn, digest, withinMs / 1_000]);
      return rows.length > 0;
    },
    async sweep(days) {
      await store.query(SWEEP_CALLS, [days]);
      await store.query(SWEEP_SESSIONS, [days]);
    },
  };
}
