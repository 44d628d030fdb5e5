/** The store of memories. Specified by ports/memory.ts. */
import type { Memory, MemoryRecord, MemoryStore } from '../../ports/memory.ts';
import { statement } from '../postgres/index.ts';
import { list } from './list.ts';
import type { MemoryParts } from './parts.ts';
import { put } from './put.ts';
import { COLUMNS, memoryOf, type MemoryRow, recordOf } from './row.ts';

const ALIVE = 'm.expires_at > clock_timestamp()';
const RECALL = statement(`
select ${COLUMNS} from memory m join unnest($2::text[], $3::text[]) u(scope, owner) on m.scope = u.scope and m.owner = u.owner
where m.org = $1 and ${ALIVE} and m.class = any($4::text[]) and (m.class in ('public', 'internal') or m.subject = $5)
order by m.created_at desc, m.id desc`);
const FIND = statement(`select ${COLUMNS} from memory m where m.org = $1 and m.id = $2 and ${ALIVE}`);
const WRITTEN = statement(`
select ${COLUMNS} from memory m where m.org = $1 and m.agent = $2 and m.scope = $3 and m.owner = $4 and ${ALIVE} order by m.id`);
/** Rows that are only there to be locked; one that is locked right now is left for the next time. */
const PRUNE = statement(`
delete from memory_place p using (
  select org, scope, owner from memory_place q
  where not exists (select 1 from memory m where m.org = q.org and m.scope = q.scope and m.owner = q.owner)
  for update skip locked
) o where p.org = o.org and p.scope = o.scope and p.owner = o.owner`);

export interface PostgresMemories extends MemoryStore {
  /** Places where nothing is remembered any more. Memories themselves end with their payloads. */
  prune(): Promise<void>;
}

export function openMemories(parts: MemoryParts): PostgresMemories {
  const { store, payloads } = parts;
  const withContent = async (org: string, records: readonly MemoryRecord[]): Promise<readonly Memory[]> => {
    const contents = await payloads.contents(
      org,
      records.map(({ digest }) => digest),
    );
    // What was erased in between is simply not there.
    return records.flatMap((record) => {
      const bytes = contents.get(record.digest);
      return bytes === undefined ? [] : [memoryOf(record, bytes)];
    });
  };
  const find = async (org: string, id: string): Promise<MemoryRecord | undefined> =>
    (await store.query<MemoryRow>(FIND, [org, id])).map(recordOf)[0];
  return {
    put: (org, draft, caps) => put(parts, org, draft, caps),
    find,
    async recall(org, { places, classes, subject }) {
      const of = [places.map(({ scope }) => scope), places.map(({ owner }) => owner)];
      const rows = await store.query<MemoryRow>(RECALL, [org, ...of, classes, subject]);
      return await withContent(org, rows.map(recordOf));
    },
    async read(org, id) {
      const record = await find(org, id);
      return record === undefined ? undefined : (await withContent(org, [record]))[0];
    },
    list: (org, query) => list(store, org, query),
    async written(org, agent, { scope, owner }) {
      return (await store.query<MemoryRow>(WRITTEN, [org, agent, scope, owner])).map(recordOf);
    },
    async forget(org, memories, by, reason) {
      if (memories.length === 0) return 0;
      const digests = memories.map(({ digest }) => digest);
      return (await payloads.erase(org, { digests }, by, reason)).length;
    },
    async prune() {
      await store.query(PRUNE, [], 'jobs');
    },
  };
}
