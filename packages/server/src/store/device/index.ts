export { openSightings } from './sighting.ts';
export { openDevices } from './store.ts';
