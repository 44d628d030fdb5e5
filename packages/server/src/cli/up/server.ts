/** The server, loaded when it is started and by no other command. */
import type { RunningServer, ServerOptions } from '../../app.ts';

export type StartOptions = Omit<ServerOptions, 'log' | 'tls'>;
export type StartServer = (options: StartOptions) => Promise<RunningServer>;

/** @param tls paths of a certificate chain and its key, PEM @throws Fault config.invalid where they cannot be served */
export async function loadServer(tls?: { readonly cert: string; readonly key: string }): Promise<StartServer> {
  const [{ startServer, readTls }, { jsonLog }] = await Promise.all([import('../../app.ts'), import('../../app/log.ts')]);
  const served = tls === undefined ? {} : { tls: readTls(tls.cert, tls.key) };
  return (options) => startServer({ ...options, ...served, log: jsonLog() });
}
