import { dirname, join } from 'node:path';
import { type Call, table } from '../call.ts';
import { dataDir, PORT } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { type Check, checkDataDir, checkNode, checkPort, checkPostgres, checkProgram } from './checks.ts';

/** Folders of `node_modules/.bin` from here upwards: clients that a project brings along are found like those of the system. */
function binFolders(from: string): string[] {
  const folders: string[] = [];
  for (let at = from; ; at = dirname(at)) {
    folders.push(join(at, 'node_modules', '.bin'));
    if (at === dirname(at)) return folders;
  }
}

const MARKS = { ok: 'ok', warn: 'WARN', fail: 'FAIL' } as const;

/** Weaknesses of the sandbox are warnings: profiles that need what is missing are refused, and the rest of the server works. */
async function sandboxChecks(call: Call): Promise<Check[]> {
  const found = await call.io.tools.sandbox();
  return found.map(({ name, enforced, detail }) => ({
    name: `sandbox: ${name}`,
    state: enforced ? 'ok' : 'warn',
    detail: enforced ? detail : 'not enforced here',
    ...(enforced ? {} : { next: detail }),
  }));
}

export async function doctor(call: Call): Promise<ExitName> {
  const { env, cwd } = call.io;
  const system = env['PATH'] ?? '';
  const clients = [system, ...binFolders(cwd)].join(':');
  const found = await Promise.all([
    checkProgram('git', system, {
      state: 'warn',
      detail: 'not found',
      next: 'install git; the demonstration and the git door need it',
    }),
    checkPostgres(env['DATABASE_URL']),
    checkProgram('codex', clients, { state: 'warn', detail: 'not found', next: 'npm install @openai/codex, to govern it' }),
    checkProgram('claude', clients, {
      state: 'warn',
      detail: 'not found',
      next: 'npm install @anthropic-ai/claude-code, to govern it',
    }),
    checkDataDir(dataDir(call)),
    checkPort(call.integer('port') ?? PORT),
  ]);
  // After the others: what it tries needs the processor to itself.
  const checks: Check[] = [checkNode(process.versions.node), ...found, ...(await sandboxChecks(call))];
  const failed = checks.some(({ state }) => state === 'fail');
  if (call.json) call.print({ ok: !failed, checks });
  else {
    call.write(
      table(
        ['check', 'state', 'found'],
        checks.map(({ name, state, detail }) => [name, MARKS[state], detail]),
      ),
    );
    for (const { name, next } of checks) if (next !== undefined) call.say(`${name}: ${next}`);
  }
  return failed ? 'failed' : 'ok';
}
