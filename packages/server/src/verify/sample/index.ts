export { sampleLedger } from './entries.ts';
export type { SampleLedger, SampleShape } from './entries.ts';
export { exportFiles, newLogKey, newWitnessKey, signedCheckpoint, writeFiles } from './export.ts';
export type { ExportShape, LogKey, Signers } from './export.ts';
