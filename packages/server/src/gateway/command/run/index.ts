export type { CommandDoorDeps, Judged, ProfileShelf, ToJudge } from './deps.ts';
export { type CommandDoor, createCommandDoor } from './door.ts';
