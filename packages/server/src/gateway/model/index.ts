export type { ModelDoor } from './door.ts';
export { createModelDoor, SERVER_OPTIONS } from './door.ts';
