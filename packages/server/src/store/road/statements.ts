/** The hot statements. Arrays are columns of the batch; every row is named by its whole key. */
import { IN_TX, statement } from '../postgres/index.ts';

/** In the order of keys, so that two batches never wait for each other crosswise. */
export const LOCK_LINES = statement(`
select k.i::int as i, b.most, b.reserved, b.charged, b.told
from unnest($1::text[], $2::text[]) with ordinality k(org, line, i)
join budget b on b.org = k.org and b.line = k.line
order by b.org, b.line
for update of b`);

/** Outside the batch's transaction: rows that appear while locks are held could be waited for crosswise. */
export const ENSURE_LINES = statement(`
insert into budget (org, line, most)
select k.org, k.line, k.most from unnest($1::text[], $2::text[], $3::bigint[]) k(org, line, most)
order by k.org, k.line
on conflict do nothing`);

/**
 * `marked` counts tasks whose marks are others than the batch was decided on. Otherwise: everything that a batch changes besides approvals, payloads and the ledger. The counts are compared with what was meant to change: a row is
 * written only where it still is what the batch was decided on, whether that was read under its lock or remembered. Rows come in the
 * order of keys, as `LOCK_LINES` takes them.
 */
export const WRITE_BATCH = statement(`
with l as (
  update budget b set most = u.most, reserved = u.reserved, charged = u.charged, told = u.told
  from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::bigint[], $8::bigint[], $9::int[])
    u(org, line, most, reserved, charged, told, was_reserved, was_charged, was_told)
  where b.org = u.org and b.line = u.line and b.reserved = u.was_reserved and b.charged = u.was_charged and b.told = u.was_told
    and ${IN_TX}
  returning 1),
o as (
  insert into open_act (org, key, node, decision, holds, expires)
  select u.org, u.key, $10::text, u.decision, u.holds, u.expires
  from unnest($11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[]) u(org, key, decision, holds, expires)
  where ${IN_TX}
  on conflict do nothing
  returning 1),
e as (
  update open_act a set state = u.state,
    holds = case when u.state = 3 then a.holds else split_part(a.holds, E'\\n', 1) end
  from unnest($16::text[], $17::text[], $18::smallint[], $19::smallint[]) u(org, key, state, was)
  where a.org = u.org and a.key = u.key and a.state = u.was and ${IN_TX}
  returning 1),
m as (
  select 1 from unnest($20::text[], $21::text[], $22::smallint[], $23::smallint[]) u(org, task, rank, taints)
  left join task_mark t on t.org = u.org and t.task = u.task
  where coalesce(t.rank, 0) <> u.rank or coalesce(t.taints, 0) <> u.taints)
select (select count(*) from l)::int as lines, (select count(*) from o)::int as opened, (select count(*) from e)::int as ended,
  (select count(*) from m)::int as marked`);

export const FIND_ACTS = statement(`
select k.i::int as i, a.state, a.holds, a.decision
from unnest($1::text[], $2::text[]) with ordinality k(org, key, i)
join open_act a on a.org = k.org and a.key = k.key`);

export const LOCK_APPROVALS = statement(`
select a.org, a.id from approval a
join unnest($1::text[], $2::text[]) k(org, id) on a.org = k.org and a.id = k.id
where a.state = 'approved' and a.expires_at > clock_timestamp()
order by a.org, a.id
for update of a`);

export const USE_APPROVALS = statement(`
update approval a set state = 'used', used_by = u.used_by
from unnest($1::text[], $2::text[], $3::text[]) u(org, id, used_by)
where a.org = u.org and a.id = u.id`);

/** Open acts that nobody will end: past their time, or of a node that is no more. */
export const FIND_EXPIRED = statement(`
select org, key, decision, holds from open_act where state = 0 and expires <= clock_timestamp() order by expires limit $1`);

export const FIND_OF_NODE = statement(`
select org, key, decision, holds from open_act where state = 0 and node = $1 order by org, key limit $2`);
