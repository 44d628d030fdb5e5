export { loadDirectory } from './build/build.ts';
export type { BuildResult } from './build/build.ts';
export { findingText } from './finding.ts';
export type { Finding } from './finding.ts';
export { planBundle, planJson, planText } from './plan/plan.ts';
export { readDirectory } from './read/files.ts';
export { schemaFiles } from './schema/emit.ts';
export { starterDirectory } from './starter.ts';
