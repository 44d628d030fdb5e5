/** The server, loaded when it is started and by no other command. */
import type { RunningServer, ServerOptions } from '../../app.ts';

export type StartOptions = Omit<ServerOptions, 'log'>;
export type StartServer = (options: StartOptions) => Promise<RunningServer>;

export async function loadServer(): Promise<StartServer> {
  const [{ startServer }, { jsonLog }] = await Promise.all([import('../../app.ts'), import('../../app/log.ts')]);
  return (options) => startServer({ ...options, log: jsonLog() });
}
