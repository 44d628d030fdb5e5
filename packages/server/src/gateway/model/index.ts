export type { ModelDoorDeps } from './deps.ts';
export { MODEL_DUTIES } from './deps.ts';
export type { ModelDoor } from './door.ts';
export { createModelDoor, SERVER_OPTIONS } from './door.ts';
