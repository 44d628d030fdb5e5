export { PostgresLive } from './live.ts';
