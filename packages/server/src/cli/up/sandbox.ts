/** What `up` is told about this machine's sandboxes. */
import { resolve } from 'node:path';
import type { Call } from '../call.ts';
import { locateClients } from '../demo/clients.ts';
import { CliError } from '../exit.ts';
import type { StartOptions } from './server.ts';

type SandboxOptions = NonNullable<StartOptions['sandbox']>;

/** @throws CliError usage */
export function sandboxOf(call: Call): SandboxOptions {
  const cgroup = call.text('cgroup');
  const image = call.text('containerImage');
  const runtime = call.text('containerRuntime');
  const runner = call.text('runner');
  return {
    workspaces: workspacesOf(call),
    clients: clientsOf(call),
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(image === undefined
      ? {}
      : {
          container: { program: call.text('containerProgram') ?? 'podman', image, ...(runtime === undefined ? {} : { runtime }) },
        }),
    ...(runner === undefined ? {} : { runner: { url: runner, secret: secretOf(call), ...tlsOf(call) } }),
  };
}

function clientsOf({ io }: Call): NonNullable<SandboxOptions['clients']> {
  const { codex, claude } = locateClients(io.env);
  return { ...(codex === undefined ? {} : { codex }), ...(claude === undefined ? {} : { claude }) };
}

function workspacesOf(call: Call): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const given of call.list('workspace')) {
    const [, repository, folder] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/.exec(given) ?? [];
    if (repository === undefined || folder === undefined)
      throw new CliError(
        'usage',
        `\`--workspace\` must be a repository and a folder such as \`payments=/srv/payments\`, not \`${given}\``,
      );
    (found[repository] ??= []).push(resolve(call.io.cwd, folder));
  }
  return found;
}

/** Never an argument: everybody on the machine can read those. */
function secretOf(call: Call): string {
  const secret = call.io.env['COUNTERSIGN_RUNNER_SECRET'];
  if (secret === undefined || secret === '')
    throw new CliError('usage', 'The secret of the runner is missing', {
      next: 'set COUNTERSIGN_RUNNER_SECRET, here and where the runner runs',
    });
  return secret;
}

/** Files of a client certificate, where the runner asks for one. */
function tlsOf(call: Call): { readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } } {
  const { env } = call.io;
  const named = { ca: env['COUNTERSIGN_RUNNER_CA'], cert: env['COUNTERSIGN_RUNNER_CERT'], key: env['COUNTERSIGN_RUNNER_KEY'] };
  const tls = Object.fromEntries(Object.entries(named).filter((pair): pair is [string, string] => (pair[1] ?? '') !== ''));
  return Object.keys(tls).length === 0 ? {} : { tls };
}
