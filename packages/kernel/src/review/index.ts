/** Auto-review of approval requests: bounds, the model's answer, and how far it is trusted. */
export { ANSWER_SCHEMA, readAnswer, type ReviewAnswer } from './answer.ts';
export { type BoundCode, outsideOf, type ReviewBounds, type ReviewFacts } from './bounds.ts';
export { labelsNeeded, type ReviewLabels, type ReviewState, type ReviewStanding, standingOf } from './standing.ts';
export { type Interval, wilson } from './wilson.ts';
