/** All pages of a list, with caps. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { Failed, garbage } from '../failed.ts';

const PAGES_MAX = 200;
const ITEMS_MAX = 2_000;
const CURSOR_CHARS_MAX = 4_096;

export interface Pages {
  readonly items: readonly JsonRecord[];
  /** The shortest that any page names. */
  readonly ttlMs: number | null;
}

interface List {
  /** `tools` of `tools/list`, and so on. */
  readonly member: string;
  readonly page: (params: JsonRecord) => Promise<JsonRecord>;
}

/** @throws Failed */
export async function allPages({ member, page }: List): Promise<Pages> {
  const items: JsonRecord[] = [];
  const cursors = new Set<string>();
  let ttlMs: number | null = null;
  let params: JsonRecord = {};
  for (;;) {
    const result = await page(params);
    items.push(...itemsOf(result, member));
    if (items.length > ITEMS_MAX)
      throw new Failed('too-large', `more than ${ITEMS_MAX} ${member}`, { sent: true, answered: true });
    if (typeof result.ttlMs === 'number' && result.ttlMs >= 0) ttlMs = Math.min(ttlMs ?? result.ttlMs, result.ttlMs);
    const cursor = result.nextCursor;
    if (cursor === undefined || cursor === null) return { items, ttlMs };
    if (typeof cursor !== 'string' || cursor.length > CURSOR_CHARS_MAX || cursors.has(cursor) || cursors.size === PAGES_MAX)
      throw garbage(`pages of ${member} that do not end`);
    cursors.add(cursor);
    params = { cursor };
  }
}

function itemsOf(result: JsonRecord, member: string): readonly JsonRecord[] {
  const found = result[member];
  if (!Array.isArray(found)) throw garbage(`a list without ${member}`);
  return found.map((item: Json) => {
    if (!isRecord(item)) throw garbage(`a list of ${member} with something else in it`);
    return item;
  });
}
