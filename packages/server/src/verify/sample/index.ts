export { sampleLedger } from './entries.ts';
export { exportFiles, newLogKey, newWitnessKey, writeFiles } from './export.ts';
