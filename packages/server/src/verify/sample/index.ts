export { sampleLedger } from './entries.ts';
export type { SampleLedger, SampleShape } from './entries.ts';
export { exportFiles, newLogKey, signedCheckpoint, writeFiles } from './export.ts';
export type { ExportShape, LogKey } from './export.ts';
