export {
  annotationClass,
  effectiveToolClass,
  isLowerClass,
  methodClass,
  nameSuggests,
  stricterClass,
  suggestedClass,
  verbClass,
} from './class.ts';
export { exposedDefinition, readDefinition, type ReadDefinition } from './definition.ts';
export { type DefinitionChange, diffDefinitions } from './diff.ts';
export { type DefinitionFinding, excerptAt, FINDINGS_MAX, hiddenText, type JudgeDefinition, mentions } from './judge.ts';
export { likeness, LIKENESS_MIN } from './likeness.ts';
export {
  exposedName,
  exposedNames,
  isExposedName,
  nameKey,
  type NameCandidate,
  type NameVerdict,
  SERVER_ID_LENGTH_MAX,
} from './name.ts';
export { type NamedPin, type ServerIdentity, type ServerPins, serverPins, toolPin } from './pin.ts';
export { schemaProblem, sizeProblem } from './schema.ts';
export { textsOf } from './texts.ts';
