export type { MemoryServerDeps } from './deps.ts';
export type { Inspect } from './deps.ts';
export { createMemoryServer, type MemoryServer } from './server.ts';
