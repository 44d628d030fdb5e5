/** What an expression can see while it is evaluated. */
import type { EntityUid, RecordValue, Value } from './value.ts';

export interface EntityData {
  readonly uid: EntityUid;
  readonly attrs: RecordValue;
  readonly tags: RecordValue;
  /** Keys of everything above it, itself not included. */
  readonly ancestors: ReadonlySet<string>;
}

/** An immutable snapshot of entities; what it does not know has neither attributes nor ancestors. */
export interface EntityView {
  find(key: string): EntityData | undefined;
}

/** INVARIANT: `principalData` and `resourceData` are what `entities` holds for the two, looked up once per request. */
export interface Environment {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: RecordValue;
  readonly entities: EntityView;
  readonly principalData: EntityData | undefined;
  readonly resourceData: EntityData | undefined;
}

/** Evaluates to a value or throws an EvaluationFailure. */
export type Run = (env: Environment) => Value;

export function isInEntity(env: Environment, key: string, ancestor: string): boolean {
  if (key === ancestor) return true;
  return env.entities.find(key)?.ancestors.has(ancestor) ?? false;
}
