export { checkAddress } from './check.ts';
export type { GateDeps } from './deps.ts';
export { EgressRoad } from './gate.ts';
export { domainOf, historyText } from './known.ts';
