export { checkAddress } from './check.ts';
export { EgressRoad } from './gate.ts';
export { domainOf, historyText } from './known.ts';
