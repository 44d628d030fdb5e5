export { type ConformanceCase, type ConformanceOptions, type ConformanceReport, runConformance } from './conform.ts';
