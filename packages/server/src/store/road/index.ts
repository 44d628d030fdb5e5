export { RoadKeeper } from './keeper.ts';
export { parseLineKey } from './line.ts';
export { NODE_TTL_MS } from './nodes.ts';
export { PostgresRoad } from './store.ts';
