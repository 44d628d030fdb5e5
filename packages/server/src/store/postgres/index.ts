export {
  APP_ROLE,
  type Connection,
  connectionOf,
  ERASER_ROLE,
  READER_ROLE,
  ROLES,
  withDatabase,
  withRole,
} from './connection.ts';
export { CommitUnknown, codeOf, fullStore, isConnectionLost, storeFault, unsafeStore } from './faults.ts';
export { POOL_TERMS, type PoolName, type PoolTerms } from './pools.ts';
export { type Statement, statement } from './statement.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { type Ending, READS_ONLY, RunAgain, type Tx, type TxOptions, type Values } from './tx.ts';
