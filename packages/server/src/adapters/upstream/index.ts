export type { BreakerTerms } from './breaker.ts';
export { Providers } from './providers.ts';
