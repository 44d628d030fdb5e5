export { createTokenVerifier } from './verifier.ts';
