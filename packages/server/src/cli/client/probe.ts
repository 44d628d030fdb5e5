/** `client probe`: which ways around our controls are closed on the client that is installed here, and by whom. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonRecord } from '@countersign/kernel/json';
import type { BypassRow } from '../../ports/client-coverage.ts';
import type { ClientFile, ClientName } from '../../ports/clients.ts';
import { type Call, table } from '../call.ts';
import { connect } from '../connect.ts';
import { locateClients } from '../demo/clients.ts';
import { CliError, type ExitName } from '../exit.ts';
import { clientFolder } from './place.ts';
import { type Bypass, BYPASSES } from './probe/bypasses.ts';
import { tryBypass, type Trying, whyUnshown } from './probe/try.ts';
import { clientName, filesOf } from './source.ts';

/** Exit: `ok` where every way is closed, `unverified` where one is open. */
export async function probe(call: Call): Promise<ExitName> {
  const client = clientName(call.arg(0));
  if (process.platform !== 'linux')
    throw new CliError('failed', 'The probe needs Linux', { why: 'it lays files over /etc in a mount namespace of its own' });
  const bypasses = chosen(call, client);
  const binary = locateClients(call.io.env)[client];
  if (binary === undefined)
    throw new CliError('failed', `${client} is not here`, { next: `set COUNTERSIGN_${client.toUpperCase()} to its program` });
  const files = call.flag('installed') ? installedFiles(client) : await filesOf(call, client);
  const trying: Trying = { client, binary, files, origin: originIn(files), env: keysOf(call), processEnv: call.io.env };
  const unshown = await whyUnshown(trying);
  if (unshown !== undefined)
    throw new CliError('failed', `${client} does not get as far as a command here, so that nothing can be shown`, {
      why: unshown,
    });
  const rows: BypassRow[] = [];
  for (const bypass of bypasses) {
    call.say(`trying ${bypass.id}: ${bypass.about}`);
    const row = await tryBypass(trying, bypass);
    rows.push(row.outcome === 'uncovered' ? { ...row, by: bypass.known?.[client] ?? row.by } : row);
  }
  const version = versionOf(binary);
  const capped = call.flag('report') ? await report(call, { client, version, rows }) : undefined;
  show(call, { client, version, rows, ...(capped === undefined ? {} : { capped }) });
  return rows.some(({ outcome }) => outcome === 'uncovered') ? 'unverified' : 'ok';
}

function chosen(call: Call, client: ClientName): readonly Bypass[] {
  const all = BYPASSES.filter(({ clients }) => clients.includes(client));
  const only = call.text('only')?.split(',');
  if (only !== undefined && call.flag('report'))
    throw new CliError('usage', 'A report is about all ways', { next: 'leave out --only or --report' });
  const unknown = only?.find((id) => !all.some((bypass) => bypass.id === id));
  if (unknown !== undefined)
    throw new CliError('usage', `\`${unknown}\` is not tried with ${client}`, {
      why: `known are ${all.map(({ id }) => id).join(', ')}`,
    });
  return only === undefined ? all : all.filter(({ id }) => only.includes(id));
}

function installedFiles(client: ClientName): readonly ClientFile[] {
  const folder = clientFolder(client, '');
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:toml|json)$/.test(entry.name))
      .map(({ name }) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  } catch {
    // A machine without files of ours is a finding, and not an error.
    return [];
  }
}

/** The address that the files have their tool server at is that of the installation. */
function originIn(files: readonly ClientFile[]): string | undefined {
  for (const { text } of files) {
    const found = /"(https?:\/\/[^"/]+(?:\/[^"]*)?)\/mcp"/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The client's own environment would have the key of its agent. */
function keysOf(call: Call): Readonly<Record<string, string>> {
  const { env } = call.io;
  const token = env['COUNTERSIGN_TOKEN'] ?? env['COUNTERSIGN_KEY'];
  if (token === undefined)
    throw new CliError('usage', 'There is no key of an agent for the client', {
      next: 'set COUNTERSIGN_TOKEN, as the client has it',
    });
  return { COUNTERSIGN_TOKEN: token, COUNTERSIGN_MANDATE: env['COUNTERSIGN_MANDATE'] ?? '', ANTHROPIC_AUTH_TOKEN: token };
}

function versionOf(binary: string): string {
  const said = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+[\w.+-]*/.exec(said)?.[0] ?? 'unknown';
}

interface Found {
  readonly client: ClientName;
  readonly version: string;
  readonly rows: readonly BypassRow[];
  readonly capped?: boolean;
}

async function report(call: Call, { client, version, rows }: Found): Promise<boolean> {
  const agent = call.text('agent');
  const body: JsonRecord = {
    client,
    version,
    rows: rows.map((row) => ({ ...row })),
    ...(agent === undefined ? {} : { agent }),
  };
  const { json } = await connect(call).post('/api/v1/client-coverage', body);
  return json['capped'] === true;
}

function show(call: Call, found: Found): void {
  if (call.json) return call.print({ ...found, rows: found.rows.map((row) => ({ ...row })) });
  call.write(
    table(
      ['bypass', 'outcome', 'stopped by'],
      found.rows.map(({ bypass, outcome, by }) => [bypass, outcome === 'stopped' ? outcome : outcome.toUpperCase(), by]),
    ),
  );
  if (found.capped === true)
    call.say('The server caps this agent to reading through this client. A clean report of an administrator lifts that.');
}
