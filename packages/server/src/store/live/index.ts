export { ABSENT_MS } from './cache.ts';
export { type LiveParts, PostgresLive } from './live.ts';
