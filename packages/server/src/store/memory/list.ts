/** Memories page by page, newest first. The cursor is the id of the last one: ids rise with time. */
import type { MemoryListQuery, MemoryRecord } from '../../ports/memory.ts';
import { statement, type Store } from '../postgres/index.ts';
import { COLUMNS, type MemoryRow, recordOf } from './row.ts';

const PAGE = statement(`
select ${COLUMNS} from memory m
where m.org = $1 and ($2 = '' or m.id < $2) and m.expires_at > clock_timestamp()
  and ($3::text is null or m.scope = $3) and ($4::text is null or m.owner = $4)
  and ($5::text is null or m.agent = $5) and ($6::text is null or m.subject = $6)
order by m.id desc limit $7`);

export async function list(
  store: Store,
  org: string,
  { limit, cursor = '', scope, owner, agent, subject }: MemoryListQuery,
): Promise<{ readonly data: readonly MemoryRecord[]; readonly nextCursor?: string }> {
  const filters = [scope ?? null, owner ?? null, agent ?? null, subject ?? null];
  const rows = await store.query<MemoryRow>(PAGE, [org, cursor, ...filters, limit + 1]);
  const data = rows.slice(0, limit).map(recordOf);
  const last = data.at(-1)?.id;
  return rows.length > limit && last !== undefined ? { data, nextCursor: last } : { data };
}
