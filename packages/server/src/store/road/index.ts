export type { RoadParts } from './batch.ts';
export { RoadKeeper, type KeeperParts } from './keeper.ts';
export { lineKey, type LineName, parseLineKey } from './line.ts';
export { BEAT_MS, Heartbeat, NODE_TTL_MS } from './nodes.ts';
export { PostgresRoad } from './store.ts';
export type { PayloadWriter } from './writes.ts';
