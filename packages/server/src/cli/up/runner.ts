/** `runner serve`: runs what a node has decided, on a machine of its own. */
import type { Call } from '../call.ts';
import { dataDir } from '../connect.ts';
import { CliError } from '../exit.ts';

export async function serve(call: Call): Promise<void> {
  const secret = call.io.env['COUNTERSIGN_RUNNER_SECRET'] ?? '';
  if (secret === '')
    throw new CliError('usage', 'The secret of the runner is missing', {
      next: 'set COUNTERSIGN_RUNNER_SECRET to at least 32 characters',
    });
  const { startRunner } = await import('../../app/runner.ts');
  const [cert, key, ca, cgroup] = [call.text('tlsCert'), call.text('tlsKey'), call.text('tlsCa'), call.text('cgroup')];
  if ((cert === undefined) !== (key === undefined)) throw new CliError('usage', '`--tls-cert` and `--tls-key` go together');
  const runner = await startRunner({
    dir: dataDir(call),
    host: call.text('host') ?? '127.0.0.1',
    port: call.integer('port') ?? 0,
    secret,
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert, key, ...(ca === undefined ? {} : { ca }) } }),
  });
  call.write(runner.url);
  call.say('Press Ctrl-C to stop.');
  if (!call.io.signal.aborted)
    await new Promise<void>((stop) => call.io.signal.addEventListener('abort', () => stop(), { once: true }));
  await runner.close();
}
