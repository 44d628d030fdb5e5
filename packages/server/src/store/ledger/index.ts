export { type Appended, type AppendTerms, type LedgerWriter, openLedger } from './append.ts';
export { type ExportOptions, type ExportReport, type ExportTerms, writeExport } from './export.ts';
export { type IntegrationTerms, openIntegration } from './integration.ts';
export { keyOf } from './keys.ts';
export { loadLogKey } from './log-key.ts';
export { publishedIn } from './published.ts';
export { openReader } from './reader.ts';
export { type AdmitTerms, admitLog } from './restored.ts';
export { sha256 } from './sha256.ts';
