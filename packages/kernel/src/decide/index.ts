export { actionClassOf, actionsOf, argumentsOf, compileBundle, factsOf } from './bundle.ts';
export type { BundleAction, CompiledBundle } from './bundle.ts';
export { decide } from './decide.ts';
export type { Answer, Decision, GateNeed, LayerName, PolicyError, Reason, ShadowNote, WhyNot } from './decision.ts';
export { requestDigestInput } from './digest.ts';
export type { BundleSource, PolicySource } from './source.ts';
export { WHY_NOT_MAX } from './why-not.ts';
