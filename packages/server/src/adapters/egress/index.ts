/** The far side of the network door: checked connections, certificates for sandboxes, and the secrets that the door puts in. */
export { createEgressAuthority } from './authority.ts';
export { createEgressUpstream } from './dial.ts';
export { createEgressSecrets } from './secrets.ts';
