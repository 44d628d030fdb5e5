export type { BreakerTerms } from './breaker.ts';
export type { Environment } from './credential.ts';
export type { UpstreamDeps } from './providers.ts';
export { Providers } from './providers.ts';
