export { ScopeIndex } from './candidates.ts';
export { coerce } from './plain-value.ts';
export { REQUEST_BYTES_MAX, SET_SIZE_MAX, STRING_BYTES_MAX } from './convert.ts';
export { actionEntities, entityReader, type ReadEntity } from './entities.ts';
export type { EntityData, EntityView, Environment } from './environment.ts';
export { chainOf, EXPRESSION_DEPTH_MAX } from './expression.ts';
export { EvaluationFailure, type FailureKind } from './fail.ts';
export { uidOf } from './literal.ts';
export { environmentOf, evaluatePlain, plainContext, plainEntities, plainPolicies, plainSchema } from './plain.ts';
export { plainRequestProblem } from './plain-validate.ts';
export type { PlainAnswer, PlainPolicySet, PlainRequest } from './plain.ts';
export { type CompiledPolicy, compilePolicy, conditionsHold, scopeMatches, type Conjunct, type ScopeRule } from './policy.ts';
export { renderConjunct, renderExpression, renderScope } from './render.ts';
export {
  type CheckedContext,
  checkRef,
  compileChecker,
  MEMBER_SOURCES,
  type MemberSource,
  type RequestChecker,
  type RequestProblem,
} from './request.ts';
export { type ActionType, type EntityType, qualify, resolveSchema, type Schema } from './schema.ts';
export { EntityStore, type StoredEntity } from './store.ts';
export { EntityUid, entityKey, equals, SetValue, type RecordValue, type Value } from './value.ts';
