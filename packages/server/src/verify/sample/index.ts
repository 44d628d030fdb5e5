export { sampleLedger } from './entries.ts';
export { exportFiles, newLogKey, newWitnessKey, signedCheckpoint, writeFiles } from './export.ts';
