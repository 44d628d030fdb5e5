/** The real clients sign in on a machine of their own, get their settings from a node that speaks TLS, and are shut out again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../packages/server/src/app.ts';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { cli } from '../../packages/server/src/cli/testing/run.ts';
import { withClient } from '../../packages/server/src/store/embedded/index.ts';
import { localChain } from '../support/certificate.ts';
import { type ClientRoom, makeClientRoom } from '../support/client-room.ts';
import { AGENT, type Installation, ledgerOf, openInstallation, scanWorker, urlOf } from '../support/installation.ts';

let at: Installation;
let secure: RunningServer;
let room: ClientRoom;
const { key, certificate, authority } = localChain();

const CLIENTS = ['unmanaged: readOnly', 'codex: { models: [gpt-5.5] }', 'claude: { models: [claude-sonnet-5-5] }', ''].join('\n');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  at = await openInstallation({
    governance: (dir) => writeFileSync(join(dir, 'clients.yaml'), CLIENTS),
  });
  secure = await startServer({
    dir: join(at.dir, 'secure'),
    keys: join(at.dir, 'keys'),
    host: '127.0.0.1',
    port: 0,
    databaseUrl: urlOf(at.database.connection),
    governance: at.governance,
    tls: { cert: Buffer.from(certificate), key: Buffer.from(key) },
    scanWorker: scanWorker(),
    log: silent,
  });
});
afterAll(async () => {
  await secure?.close();
  await at?.close();
});
beforeEach(() => {
  room = makeClientRoom();
  room.write('ca.pem', authority);
});
afterEach(() => room.remove());

const TRUST = () => ({ NODE_EXTRA_CA_CERTS: join(room.root, 'ca.pem'), CODEX_CA_CERTIFICATE: join(room.root, 'ca.pem') });

/** Lays the files that the command line renders for a machine over its /etc. */
async function lay(name: 'codex' | 'claude', options: Readonly<Record<string, string>>): Promise<void> {
  const args = Object.entries(options).flatMap(([flag, value]) => (value === '' ? [`--${flag}`] : [`--${flag}`, value]));
  const out = join(room.etc, name === 'codex' ? 'codex' : 'claude-code');
  const ran = await cli(
    ['client', 'render', name, '--out', out, '--governance', at.governance, '--origin', secure.url, ...args],
    { cwd: room.root },
  );
  expect(ran.code, ran.err).toBe(0);
}

/** Claude Code signs in without a screen: it says each state on a line, and takes a line where a person would press a key. */
async function signInClaude(onCode: (code: string) => Promise<void>): Promise<readonly string[]> {
  const states: string[] = [];
  let failed: Error | undefined;
  const ran = await room.claude(
    ['auth', 'login', '--gateway-json'],
    { ...TRUST(), BROWSER: 'true' },
    {
      answers: true,
      onLine: (line, write) => {
        if (!line.startsWith('{')) return;
        const { state, shown, userCode } = JSON.parse(line) as { state: string; shown?: string; userCode?: string };
        states.push(state);
        if (shown !== undefined) write(`${JSON.stringify({ state, shown, accept: true })}\n`);
        if (userCode !== undefined)
          onCode(userCode).catch((thrown: unknown) => {
            failed = thrown instanceof Error ? thrown : new Error(String(thrown));
          });
      },
    },
  );
  if (failed !== undefined) throw failed;
  expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(0);
  return states;
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    if (await what()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('it did not come to be');
}

describe('Claude Code', () => {
  test('signs in, works under its settings, and is shut out', async () => {
    await lay('claude', { 'sign-in': '' });
    const task = await at.task();
    let device = '';
    const states = await signInClaude(async (code) => {
      const lin = await at.personClient('lin');
      const { json } = await lin.post(pathOf`/api/v1/device-logins/${code}/approve`, { agent: AGENT, mandate: task.mandate });
      device = String(json['id']);
    });
    expect(states.at(-1)).toBe('done');
    const ran = await room.claude(['-p', 'hello', '--output-format', 'json'], TRUST());
    expect(ran.stdout, ran.stderr).toContain('Hello from the scripted provider');
    expect(ran.stderr).not.toContain('invalid entries');
    // The model call was under the mandate that the person named, and on behalf of that person.
    const entries = await ledgerOf(at);
    const decisions = entries.filter(({ type, action }) => type === 'decision' && action === 'model.call');
    expect(decisions.at(-1)).toMatchObject({ principal: AGENT, mandate: task.mandate, decision: { answer: 'allow' } });
    expect(entries.filter(({ type }) => type === 'device.authorized')).toMatchObject([
      { detail: { device, client: 'claude', by: 'lin' } },
    ]);
    await until(async () => (await at.admin.get(pathOf`/api/v1/devices/${device}`)).json['state'] !== 'unseen');
    expect((await at.admin.get(pathOf`/api/v1/devices/${device}`)).json).toMatchObject({ state: 'covered', version: '2.1.329' });

    const seen = at.upstream.seen.length;
    await at.admin.post(pathOf`/api/v1/devices/${device}/revoke`, { reason: 'laptop lost' });
    await new Promise((done) => setTimeout(done, 2_000));
    const shut = await room.claude(['-p', 'hello', '--output-format', 'json'], TRUST());
    expect(shut.stdout).not.toContain('Hello from the scripted provider');
    expect(at.upstream.seen.length).toBe(seen);
  });
});

describe('Codex', () => {
  test('fetches its settings over TLS, works under them, and does not start without', async () => {
    const task = await at.task();
    const signedIn = cli(['client', 'login', 'codex', '--url', at.server.url, '--json'], { cwd: room.root, fetch });
    await until(async () => (await waitingCode()) !== undefined);
    const { json } = await at.admin.post(pathOf`/api/v1/device-logins/${(await waitingCode()) ?? ''}/approve`, {
      agent: AGENT,
      mandate: task.mandate,
    });
    const login = await signedIn;
    expect(login.code, login.err).toBe(0);
    // The node that speaks TLS has the same settings at the same path.
    const { pathname } = new URL((login.json as { configServer: string }).configServer);
    await lay('codex', { 'config-server': `${secure.url}${pathname}` });
    const ran = await room.codex(['exec', '--json', '--dangerously-bypass-approvals-and-sandbox', 'hello'], TRUST());
    expect(ran.stdout, ran.stderr).toContain('Hello from the scripted provider');
    const device = String(json['id']);
    await until(async () => (await at.admin.get(pathOf`/api/v1/devices/${device}`)).json['state'] !== 'unseen');
    expect((await at.admin.get(pathOf`/api/v1/devices/${device}`)).json).toMatchObject({ state: 'covered', version: '0.169.0' });

    // Without its cache and without the device it has nothing, and does not start.
    await at.admin.post(pathOf`/api/v1/devices/${device}/revoke`, { reason: 'laptop lost' });
    const seen = at.upstream.seen.length;
    room.forget('home/.codex');
    const shut = await room.codex(['exec', '--json', 'hello'], TRUST());
    expect(shut.code).not.toBe(0);
    expect(at.upstream.seen.length).toBe(seen);
  });

  async function waitingCode(): Promise<string | undefined> {
    const { rows } = await withClient(at.database.connection, (client) =>
      client.query<{ user_code: string }>(`select user_code from device_login where state = 'open' and client = 'codex'`),
    );
    return rows[0]?.user_code;
  }
});

describe('a client without controls', () => {
  test.each([
    ['an old one', 'claude-cli/2.1.197 (external, cli)', 'outdated'],
    ['one without our settings', 'codex_exec/0.169.0 (Linux)', 'unmanaged'],
  ])('%s reads and does nothing else, at every door, within two seconds', async (_name, agent, state) => {
    const task = await at.task({
      actions: ['model.call', 'repository.read', 'pr.open'],
      capabilities: ['file.edit', 'pr.open', 'repository.read'],
    });
    const headers = { authorization: `Bearer ${task.key}`, 'content-type': 'application/json' };
    const asked = async (action: string) => {
      const body = JSON.stringify({
        subject: { type: 'agent', id: AGENT },
        action: { name: action },
        resource: { type: 'Repository', id: 'payments' },
        context: { declaredRank: 1 },
      });
      const answer = await fetch(`${at.server.url}/access/v1/evaluation`, { method: 'POST', headers, body });
      return (await answer.json()) as { decision: boolean };
    };
    expect([(await asked('repository.read')).decision, (await asked('pr.open')).decision]).toEqual([true, true]);
    await fetch(`${at.server.url}/v1/responses`, {
      method: 'POST',
      headers: { ...headers, 'user-agent': agent },
      body: JSON.stringify({ model: 'gpt-5.5', input: 'hello', stream: false, max_output_tokens: 100 }),
    });
    await until(async () => !(await asked('pr.open')).decision);
    expect((await asked('repository.read')).decision).toBe(true);
    const drift = (await ledgerOf(at)).filter(({ type }) => type === 'client.drift');
    expect(drift.at(-1)).toMatchObject({ detail: { subject: task.credential, code: state } });
  });
});
