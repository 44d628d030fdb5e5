/** `client doctor`: which clients are here, whether they keep our settings, and what has drifted. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parse } from 'smol-toml';
import { CLAUDE_MINIMUM, CODEX_MINIMUM } from '../../config/schema/clients.ts';
import { compareRequirements } from '../../config/clients/effective.ts';
import { compareVersions } from '../../ports/client-version.ts';
import type { ClientFile, ClientName } from '../../ports/clients.ts';
import { type Call, table } from '../call.ts';
import { locateClients } from '../demo/clients.ts';
import type { ExitName } from '../exit.ts';
import { hashOf, modeProblem, textIn, writtenIn } from './folder.ts';
import { rootOf } from './install.ts';
import { clientFolder } from './place.ts';
import { clientNames, filesOf } from './source.ts';

/** A client that has not answered by then has not answered. */
const RUN_MS = 30_000;
const OUTPUT_MAX = 4 * 1024 * 1024;

interface Line {
  readonly client: ClientName;
  readonly check: 'program' | 'version' | 'files' | 'in force';
  /** `drift`: it is not as it should be; `unknown`: that could not be found out. */
  readonly state: 'ok' | 'drift' | 'unknown';
  readonly detail: string;
}

const run = promisify(execFile);
const MINIMUM: Readonly<Record<ClientName, string>> = { codex: CODEX_MINIMUM, claude: CLAUDE_MINIMUM };

export async function doctor(call: Call): Promise<ExitName> {
  const lines: Line[] = [];
  for (const name of clientNames(call)) lines.push(...(await examine(call, name)));
  const isBad = lines.some(({ state }) => state === 'drift');
  const isUnknown = lines.some(({ state }) => state === 'unknown');
  if (call.json) call.print({ ok: !isBad && !isUnknown, checks: lines });
  else
    call.write(
      table(
        ['client', 'check', 'state', 'found'],
        lines.map(({ client, check, state, detail }) => [client, check, state === 'ok' ? 'ok' : state.toUpperCase(), detail]),
      ),
    );
  if (isBad) call.say('`countersign client install` writes the files anew; update clients that are too old.');
  return isBad ? 'unverified' : isUnknown ? 'failed' : 'ok';
}

async function examine(call: Call, name: ClientName): Promise<readonly Line[]> {
  const folder = clientFolder(name, rootOf(call));
  const meant = call.flag('offline') ? undefined : await filesOf(call, name);
  const files = fileLines(name, folder, meant);
  const program = locateClients(call.io.env)[name];
  if (program === undefined) return [{ client: name, check: 'program', state: 'unknown', detail: 'not found here' }, ...files];
  const found: Line = { client: name, check: 'program', state: 'ok', detail: program };
  const version = await versionLine(call, name, program);
  // A client reads the machine's own folders only.
  if (call.text('root') !== undefined) return [found, version, ...files];
  return [found, version, ...files, name === 'codex' ? await codexLine(call, program, folder) : await claudeLine(call, program)];
}

function fileLines(client: ClientName, folder: string, meant: readonly ClientFile[] | undefined): readonly Line[] {
  const line = (state: Line['state'], detail: string): Line => ({ client, check: 'files', state, detail });
  const written = writtenIn(folder);
  if (written === undefined) return [line('drift', `nothing of ours in ${folder}`)];
  const names = new Set([...Object.keys(written), ...(meant ?? []).map(({ name }) => name)]);
  return [...names].sort().map((name) => {
    const there = textIn(folder, name);
    const wanted = meant?.find((file) => file.name === name)?.text;
    if (there === undefined) return line('drift', `${name} is missing`);
    if (written[name] !== undefined && hashOf(there) !== written[name])
      return line('drift', `${name} was changed by somebody else`);
    if (meant !== undefined && wanted === undefined) return line('drift', `${name} is not meant to be there any more`);
    if (wanted !== undefined && wanted !== there) return line('drift', `${name} is of an older bundle`);
    const problem = modeProblem(folder, name);
    if (problem !== undefined) return line('drift', `${name} ${problem}`);
    return line('ok', meant === undefined ? `${name} is as it was written` : `${name} is as it should be`);
  });
}

const environment = (call: Call): NodeJS.ProcessEnv => ({
  PATH: call.io.env['PATH'],
  HOME: call.io.env['HOME'],
  LANG: 'C.UTF-8',
  ...(call.io.env['CODEX_HOME'] === undefined ? {} : { CODEX_HOME: call.io.env['CODEX_HOME'] }),
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
});

/** Standard output, or undefined with the reason told. */
async function outputOf(call: Call, program: string, args: readonly string[]): Promise<{ out: string } | { why: string }> {
  try {
    const { stdout } = await run(program, [...args], {
      env: environment(call),
      timeout: RUN_MS,
      maxBuffer: OUTPUT_MAX,
      signal: call.io.signal,
    });
    return { out: stdout };
  } catch (thrown) {
    const { stderr, message } = thrown as { stderr?: string; message: string };
    return { why: (stderr ?? '').trim().split('\n').at(-1) || message };
  }
}

async function versionLine(call: Call, client: ClientName, program: string): Promise<Line> {
  const answer = await outputOf(call, program, ['--version']);
  if ('why' in answer) return { client, check: 'version', state: 'unknown', detail: answer.why };
  const version = /\d+\.\d+\.\d+[^\s]*/.exec(answer.out)?.[0] ?? '';
  const order = compareVersions(version, MINIMUM[client]);
  if (order === undefined)
    return { client, check: 'version', state: 'unknown', detail: `it says \`${answer.out.trim().slice(0, 80)}\`` };
  return order < 0
    ? {
        client,
        check: 'version',
        state: 'drift',
        detail: `${version} ignores controls; ${MINIMUM[client]} is the first that keeps them`,
      }
    : { client, check: 'version', state: 'ok', detail: version };
}

async function codexLine(call: Call, program: string, folder: string): Promise<Line> {
  const line = (state: Line['state'], detail: string): Line => ({ client: 'codex', check: 'in force', state, detail });
  const text = textIn(folder, 'requirements.toml');
  if (text === undefined) return line('drift', 'no requirements at all');
  const answer = await outputOf(call, program, ['app-server', '--print-startup-config']);
  if ('why' in answer) return line('unknown', answer.why);
  const printed = jsonOf(answer.out);
  if (printed === undefined) return line('unknown', 'it prints no JSON');
  const wrong = compareRequirements(parse(text) as Parameters<typeof compareRequirements>[0], printed);
  return wrong.length === 0
    ? line('ok', 'the client prints every requirement as it was written')
    : line('drift', wrong.join(' '));
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The client's own check names what it could not read. Unknown members it does not name: the minimum version stands for those. */
async function claudeLine(call: Call, program: string): Promise<Line> {
  const line = (state: Line['state'], detail: string): Line => ({ client: 'claude', check: 'in force', state, detail });
  const answer = await outputOf(call, program, ['doctor']);
  if ('why' in answer) return line('unknown', answer.why);
  const [, section = ''] = /\nInvalid settings\n((?:(?:- |  ).*\n)+)/.exec(answer.out) ?? [];
  // The key is in the environment of whoever works, not in that of whoever looks.
  const invalid = section.split('\n').filter((each) => each.startsWith('- ') && !each.includes('Missing environment variables'));
  return invalid.length === 0 ? line('ok', 'the client has no complaint about its settings') : line('drift', invalid.join(' '));
}
