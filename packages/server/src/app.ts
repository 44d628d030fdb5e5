/** Where a process is put together; `countersign up` starts it. */
export { readTls } from './app/http.ts';
export { type RunningServer, type ServerOptions, startServer } from './app/start.ts';
