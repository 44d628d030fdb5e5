export { judgeDefinition } from './definition.ts';
export type { DefinitionFinding } from './definition.ts';
export { injectionDetector } from './detector.ts';
export { DEFINITION_DEPTH_MAX, DEFINITION_ITEMS_MAX, walkDefinition } from './walk.ts';
export type { DefinitionItem } from './walk.ts';
