export { createTelemetryDoor, type TelemetryDoor } from './door.ts';
