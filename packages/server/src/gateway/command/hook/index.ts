export type { HookDoorDeps } from './deps.ts';
export { createHookDoor, type HookDoor } from './door.ts';
export { createPreflight } from './preflight.ts';
export { createReviewer } from './reviewer.ts';
