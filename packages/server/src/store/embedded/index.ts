export { type Embedded, startEmbedded } from './start.ts';
export { withClient } from './identity.ts';
