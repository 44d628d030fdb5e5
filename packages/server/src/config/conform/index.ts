export { runConformance } from './conform.ts';
