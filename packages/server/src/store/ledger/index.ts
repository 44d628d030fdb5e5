export { openLedger } from './append.ts';
export { type ExportOptions, type ExportReport, writeExport } from './export.ts';
export { openIntegration } from './integration.ts';
export { loadLogKey } from './log-key.ts';
export { publishedIn } from './published.ts';
export { openReader } from './reader.ts';
export { admitLog } from './restored.ts';
export { sha256 } from './sha256.ts';
export type { LedgerWriter } from './writer.ts';
