export { type Appended, type AppendTerms, type LedgerWriter, openLedger } from './append.ts';
export { keyOf } from './keys.ts';
export { sha256 } from './sha256.ts';
