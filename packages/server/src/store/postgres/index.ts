export {
  type Connection,
  withDatabase,
} from './connection.ts';
export { CommitUnknown } from './faults.ts';
export { IN_TX, statement } from './statement.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { READS_ONLY, RunAgain, type Tx } from './tx.ts';
