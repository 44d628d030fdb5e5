export type { ToolDoorDeps } from './deps.ts';
export type { ToolDoor } from './door.ts';
export { createToolDoor } from './door.ts';
