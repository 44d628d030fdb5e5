export { openHookCalls } from './calls.ts';
