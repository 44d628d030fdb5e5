export type { Inspect, MemoryServerDeps } from './deps.ts';
export { createMemoryServer, type MemoryServer } from './server.ts';
