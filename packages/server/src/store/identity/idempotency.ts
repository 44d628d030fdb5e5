/** Answers to keyed POSTs. Specified by ports/idempotency.ts. */
import { IDEMPOTENCY_TTL_MS, type IdempotencyState, type IdempotencyStore } from '../../ports/idempotency.ts';
import type { Store } from '../postgres/index.ts';

/** A first request that has not answered after this long is taken for dead: longer than any request may run. */
const RUNNING_MAX_MS = 300_000;

interface SlotRow {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly headers: string | null;
  readonly body: Buffer | null;
}

/** Takes a free slot, or one whose owner is dead, or one that is past its time. */
const CLAIM = `
insert into idempotency as i (org, caller, key, fingerprint) values ($1, $2, $3, $4)
on conflict (org, caller, key) do update
  set fingerprint = excluded.fingerprint, status = null, headers = null, body = null, at = clock_timestamp()
  where i.at < clock_timestamp() - make_interval(secs => case when i.status is null then $5::float8 else $6::float8 end)
returning 1`;

export function openIdempotency(store: Store): IdempotencyStore & { prune(): Promise<number> } {
  return {
    async begin({ org, caller, key }, fingerprint): Promise<IdempotencyState> {
      const claim = [org, caller, key, fingerprint, RUNNING_MAX_MS / 1_000, IDEMPOTENCY_TTL_MS / 1_000];
      for (;;) {
        if ((await store.query(CLAIM, claim)).length === 1) return { state: 'new' };
        const [row] = await store.query<SlotRow>(
          'select fingerprint, status, headers, body from idempotency where org = $1 and caller = $2 and key = $3',
          [org, caller, key],
        );
        // Given up between the two statements: it is free again.
        if (row === undefined) continue;
        if (row.fingerprint !== fingerprint) return { state: 'mismatch' };
        if (row.status === null) return { state: 'running' };
        const headers = JSON.parse(row.headers ?? '{}') as Readonly<Record<string, string>>;
        return { state: 'done', answer: { status: row.status, headers, body: (row.body ?? Buffer.alloc(0)).toString('utf8') } };
      }
    },
    async finish({ org, caller, key }, { status, headers, body }) {
      await store.query(
        'update idempotency set status = $4, headers = $5, body = $6 where org = $1 and caller = $2 and key = $3 and status is null',
        [org, caller, key, status, JSON.stringify(headers), Buffer.from(body, 'utf8')],
      );
    },
    async abandon({ org, caller, key }) {
      await store.query('delete from idempotency where org = $1 and caller = $2 and key = $3 and status is null', [
        org,
        caller,
        key,
      ]);
    },
    async prune() {
      const sql = 'delete from idempotency where at < clock_timestamp() - make_interval(secs => $1) returning 1';
      return (await store.query(sql, [IDEMPOTENCY_TTL_MS / 1_000], 'jobs')).length;
    },
  };
}
