/**
 * What a policy's evaluation can fail with. The errors are constants without a stack: a policy that fails costs about as much as one that
 * does not, so nobody can slow a decision down by making policies fail. Any other exception during evaluation is our own fault.
 */
export type FailureKind = 'type' | 'attribute' | 'entity' | 'overflow' | 'extension' | 'arity';

/** Not a subclass of Error on purpose: it has no stack to capture and no message that could carry a value. */
export class EvaluationFailure {
  readonly kind: FailureKind;
  readonly message: string;

  constructor(kind: FailureKind, message: string) {
    this.kind = kind;
    this.message = message;
    Object.freeze(this);
  }
}

export const TYPE_FAILURE = new EvaluationFailure('type', 'A value has the wrong type for the operation.');
export const ATTRIBUTE_FAILURE = new EvaluationFailure('attribute', 'An attribute or tag is read that is not there.');
export const ENTITY_FAILURE = new EvaluationFailure('entity', 'An attribute of an entity is read that is not registered.');
export const OVERFLOW_FAILURE = new EvaluationFailure('overflow', 'A sum, difference or product leaves the 64-bit range.');
export const EXTENSION_FAILURE = new EvaluationFailure('extension', 'An extension value cannot be made from this.');
export const ARITY_FAILURE = new EvaluationFailure('arity', 'A function is called with the wrong number of arguments.');
