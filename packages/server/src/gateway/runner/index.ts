export type { Packing, RunnerDeps } from './deps.ts';
export { createRunnerDoor, type RunnerDoor } from './door.ts';
