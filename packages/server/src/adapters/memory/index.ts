export type { Inspect, MemoryServerDeps } from './deps.ts';
export { openMemoryServer, type MemoryServer } from './server.ts';
