import { IN_TX, statement } from '../postgres/statement.ts';

/**
 * The sequencer, one round trip: takes the next indices from the head, cuts the blobs apart, writes entries and batch. The head's row lock
 * is held to the commit, so indices are dense and become visible in order. $1 org, $2 count, $3 lengths, $4 bodies, $5 fixed parts of 64
 * bytes, $6 node, $7 first nodeSeq.
 */
export const APPEND = statement(`with h as (
  update log_head set size = size + $2::int where org = $1 and ${IN_TX} returning size - $2::int as base
), r as (
  select o::int as o, len, (sum(len) over (order by o rows unbounded preceding) - len)::int as off
  from unnest($3::int[]) with ordinality u(len, o)
), e as (
  insert into audit_entry (org, seq, leaf, id, decision, body)
  select $1, h.base + r.o - 1, substring($5::bytea from (r.o - 1) * 64 + 1 for 32), substring($5::bytea from (r.o - 1) * 64 + 33 for 16),
    nullif(substring($5::bytea from (r.o - 1) * 64 + 49 for 16), '\\x00000000000000000000000000000000'::bytea),
    substring($4::bytea from r.off + 1 for r.len)
  from h, r
), b as (
  insert into audit_batch (org, node, node_seq, base, n, at) select $1, $6::text, $7::bigint, h.base, $2::int, clock_timestamp() from h
)
select base from h`);

export const OPEN_LOG = statement('insert into log_head (org, size) values ($1, 0) on conflict (org) do nothing');

/** Waits for whoever is committing: after it, a batch is there or will never be. */
export const LOCK_HEAD = statement('select size from log_head where org = $1 for update');

export const FIND_BATCH = statement('select base, n from audit_batch where org = $1 and node = $2 and node_seq = $3');

export const HEAD_SIZE = statement('select size from log_head where org = $1');
