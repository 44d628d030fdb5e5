/** What every store of state with entries is made of. */
import type { LedgerWriter } from '../ledger/index.ts';
import type { Store, Tx } from '../postgres/index.ts';
import { statement } from '../postgres/index.ts';
import type { Author } from './author.ts';

export interface StateParts {
  readonly store: Store;
  readonly ledger: LedgerWriter;
  readonly author: Author;
}

const RAISE = statement(`
insert into state_version (org, version) values ($1, 1)
on conflict (org) do update set version = state_version.version + 1`);

/** Tells every node to look again. After the change itself and before the entry: the order of locks is the same everywhere. */
export const raiseVersion = (tx: Tx, org: string): Promise<number> => tx.run(RAISE, [org]);

/**
 * For writes that find their own first attempt: what an unknown commit did is seen when they run again.
 */
export const REPEATABLE = { resolve: async () => undefined } as const;
