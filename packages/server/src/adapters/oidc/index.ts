export { ALGORITHMS, createTokenVerifier, LEEWAY_SECONDS, type OidcDeps } from './verifier.ts';
