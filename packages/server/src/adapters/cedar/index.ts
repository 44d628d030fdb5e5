export { type LintVocabulary, lintPolicies } from './lint.ts';
export { type Mismatch, Oracle, oracle } from './oracle.ts';
export {
  FILE_BYTES_MAX,
  type Finding,
  formatPolicies,
  NESTING_MAX,
  translatePolicies,
  translateSchema,
  validatePolicies,
} from './translate.ts';
export { CedarInstance, type CedarCall } from './wasm.ts';
