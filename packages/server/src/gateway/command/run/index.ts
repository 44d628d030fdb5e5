export type { CommandDoorDeps } from './deps.ts';
export { type CommandDoor, createCommandDoor } from './door.ts';
