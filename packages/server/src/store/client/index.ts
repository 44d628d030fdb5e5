export { openHookCalls } from './calls.ts';
export { PostgresEvidence } from './evidence.ts';
