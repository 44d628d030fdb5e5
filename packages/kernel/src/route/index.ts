export type { BodyFacts, FactsProblem, Need, Opaque } from './facts.ts';
export { isFactsProblem } from './facts.ts';
export type { Allowance, Capabilities, Mismatch, Offer, Viewer } from './match.ts';
export { listed, mismatch, missing } from './match.ts';
export type { BodyFormat } from './read.ts';
export { isBoundToProvider, readFacts } from './read.ts';
