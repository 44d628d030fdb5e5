/** How far a log has come. */
import type { PoolName } from '../postgres/pools.ts';
import type { Store } from '../postgres/store.ts';
import { HEAD_SIZE } from './statements.ts';

/** Entries that are committed, signed or not; 0 for a log that nobody has opened. */
export async function sizeOf(store: Store, org: string, pool?: PoolName): Promise<number> {
  const [head] = await store.query<{ size: number }>(HEAD_SIZE, [org], pool);
  return head?.size ?? 0;
}
