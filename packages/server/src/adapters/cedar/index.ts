export { foreignCedar } from './foreign.ts';
export { lintPolicies } from './lint.ts';
export { type Mismatch, Oracle, oracle } from './oracle.ts';
export {
  cedarText,
  FILE_BYTES_MAX,
  formatPolicies,
  NESTING_MAX,
  translatePolicies,
  translateSchema,
  validatePolicies,
} from './translate.ts';
