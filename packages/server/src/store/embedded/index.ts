export { type Embedded, type EmbeddedDescription, type EmbeddedOptions, startEmbedded } from './start.ts';
export { withClient } from './identity.ts';
