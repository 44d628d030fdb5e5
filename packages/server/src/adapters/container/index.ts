export { createContainerBackend } from './backend.ts';
export type { ContainerSettings } from './settings.ts';
