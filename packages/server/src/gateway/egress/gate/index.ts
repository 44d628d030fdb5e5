export type { GateDeps } from './deps.ts';
export { EgressRoad } from './gate.ts';
