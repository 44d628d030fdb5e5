export type { BreakerTerms } from '../shared/breaker.ts';
export { Providers } from './providers.ts';
