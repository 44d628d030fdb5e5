export { PostgresToolPins } from './pins.ts';
export { openToolSessions } from './sessions.ts';
export { openToolNonces, openToolTasks } from './tasks.ts';
