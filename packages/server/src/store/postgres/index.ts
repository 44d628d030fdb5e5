export {
  APP_ROLE,
  type Connection,
  connectionOf,
  ERASER_ROLE,
  READER_ROLE,
  ROLES,
  withDatabase,
} from './connection.ts';
export { CommitUnknown, codeOf, fullStore, storeFault, unsafeStore } from './faults.ts';
export type { PoolName, PoolTerms } from './pools.ts';
export { type Statement, statement } from './statement.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { type Ending, READS_ONLY, RunAgain, type Tx, type TxOptions, type Values } from './tx.ts';
