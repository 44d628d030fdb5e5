export { createRemoteBackend } from './backend.ts';
export type { RemoteSettings } from './settings.ts';
