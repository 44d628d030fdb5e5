/** Where the files of clients come from: a governance directory here, or the bundle in force on the server. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ClientFile, CLIENT_NAMES, type ClientName } from '../../ports/clients.ts';
import { pathOf } from '../../client/index.ts';
import type { Call } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError } from '../exit.ts';
import { rowsIn } from './rows.ts';

/** @throws CliError usage */
export function clientName(text: string): ClientName {
  const name = CLIENT_NAMES.find((each) => each === text);
  if (name === undefined)
    throw new CliError('usage', `\`${text}\` is no client`, { why: `clients are ${CLIENT_NAMES.join(' and ')}` });
  return name;
}

/** Those named, or all. @throws CliError usage */
export function clientNames(call: Call): readonly ClientName[] {
  const named = (call.args[0] as readonly string[] | undefined) ?? [];
  return named.length === 0 ? CLIENT_NAMES : named.map(clientName);
}

interface Wanted {
  readonly profile: boolean;
  readonly signIn: boolean;
  readonly configServer?: string;
  readonly present?: readonly string[];
}

/** @throws CliError usage, and whatever the server says */
export async function filesOf(call: Call, name: ClientName): Promise<readonly ClientFile[]> {
  const configServer = name === 'codex' ? call.text('configServer') : undefined;
  if (configServer !== undefined && !/^https:\/\/[^\s?#]+$/.test(configServer))
    throw new CliError('usage', '`--config-server` must be an https address', {
      why: 'Codex fetches its settings over https only',
    });
  const wanted: Wanted = {
    profile: call.flag('mdm'),
    signIn: call.flag('signIn'),
    ...(configServer === undefined ? {} : { configServer }),
  };
  const governance = call.text('governance');
  return governance === undefined ? fromServer(call, name, wanted) : fromDirectory(call, name, { ...wanted, governance });
}

async function fromServer(call: Call, name: ClientName, wanted: Wanted): Promise<readonly ClientFile[]> {
  const present = call.text('workspace') === undefined ? undefined : await presentOnServer(call, name);
  const { json } = await connect(call).get(pathOf`/api/v1/clients/${name}/files`, {
    ...(wanted.profile ? { profile: true } : {}),
    ...(wanted.signIn ? { signIn: true } : {}),
    ...(wanted.configServer === undefined ? {} : { configServer: wanted.configServer }),
    ...(present === undefined ? {} : { present: present.join('\n') }),
  });
  return rowsIn(json['files']).map((file) => ({ name: String(file['name']), text: String(file['text']) }));
}

/** The paths that the bundle protects, as far as they are in the work tree. */
async function presentOnServer(call: Call, name: ClientName): Promise<readonly string[]> {
  const { json } = await connect(call).get(pathOf`/api/v1/clients/${name}/files`);
  const paths = Array.isArray(json['paths']) ? json['paths'].map(String) : [];
  return presentIn(call, paths);
}

function presentIn(call: Call, paths: readonly string[]): readonly string[] {
  const workspace = call.text('workspace');
  if (workspace === undefined) return [];
  const root = resolve(call.io.cwd, workspace);
  const [there, missing] = [
    paths.filter((path) => existsSync(join(root, path))),
    paths.filter((path) => !existsSync(join(root, path))),
  ];
  if (missing.length > 0)
    call.say(`not in ${root}, so not named to Codex' sandbox: ${missing.join(', ')}. The hooks protect them all the same.`);
  return there;
}

async function fromDirectory(
  call: Call,
  name: ClientName,
  wanted: Wanted & { readonly governance: string },
): Promise<readonly ClientFile[]> {
  const [{ clientFilesIn, loadDirectory, findingText }, cedar] = await Promise.all([
    import('../../config/index.ts'),
    call.io.tools.cedar(),
  ]);
  const built = await loadDirectory(resolve(call.io.cwd, wanted.governance), { cedar });
  if (!built.ok)
    throw new CliError('failed', 'The governance directory is refused', {
      why: built.findings.map(findingText).join('\n       '),
    });
  const settings = built.snapshot.settings.clients;
  if (settings === undefined) throw new CliError('failed', 'There is no clients.yaml in the governance directory');
  const origin = call.text('origin') ?? settings.origin;
  if (origin === null)
    throw new CliError('usage', '`--origin` is missing', { why: 'clients.yaml does not say how machines reach the server' });
  const present = presentIn(call, [...settings.readOnlyPaths, ...settings.deniedPaths]);
  return clientFilesIn(name, { settings, origin, present, commands: built.snapshot.commands, ...wanted });
}
