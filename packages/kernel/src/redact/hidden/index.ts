export { clean } from './clean.ts';
export type { Cleaned, Removal } from './clean.ts';
export { hiddenDetector } from './detector.ts';
