export { createRunnerDoor, type RunnerDoor } from './door.ts';
