/** The probe, with the files that an installation generates: each known way around is closed on the real clients, and what is reported caps. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BYPASSES } from '../../packages/server/src/cli/client/probe/bypasses.ts';
import { type Trying, tryBypass, whyUnshown } from '../../packages/server/src/cli/client/probe/try.ts';
import { editToml } from '../../packages/server/src/cli/client/probe/room.ts';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { Client } from '../../packages/server/src/client/index.ts';
import type { ClientName } from '../../packages/server/src/ports/clients.ts';
import { AGENT } from '../support/installation.ts';
import { HookStage } from './stage.ts';

let stage: HookStage;
beforeAll(async () => {
  stage = await HookStage.open();
});
afterAll(() => stage?.close());

async function trying(client: ClientName): Promise<Trying> {
  const files = await stage.generated(client);
  const { key, mandate } = stage.task;
  return {
    client,
    binary: locateClients(process.env)[client] ?? client,
    files,
    origin: stage.at.server.url,
    env: { COUNTERSIGN_TOKEN: key, COUNTERSIGN_MANDATE: mandate, ANTHROPIC_AUTH_TOKEN: key },
    processEnv: process.env,
  };
}

const bareRequirements = ({ hooks: _h, rules: _r, allowed_approval_policies: _p, ...rest }: Record<string, unknown>): object =>
  rest;
function bareSettings(text: string): string {
  const {
    hooks: _h,
    permissions: _p,
    allowManagedPermissionRulesOnly: _r,
    ...rest
  } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(rest);
}

describe.each(['codex', 'claude'] as const)('%s', (client) => {
  const tried = BYPASSES.filter(({ clients }) => clients.includes(client));

  test.each(tried.filter(({ known }) => known?.[client] !== undefined))(
    '$id is open, as the map of coverage says',
    async (bypass) => {
      expect(await tryBypass(await trying(client), bypass)).toMatchObject({ outcome: 'uncovered' });
    },
  );

  test.each(tried.filter(({ known }) => known?.[client] === undefined))('$id is closed', async (bypass) => {
    const row = await tryBypass(await trying(client), bypass);
    expect(row).toMatchObject({ bypass: bypass.id, outcome: 'stopped' });
    expect(row.by).not.toBe('');
    console.log(`${client} ${row.bypass}: ${row.by}`);
  });

  test('a client that does not work shows nothing', async () => {
    const here = await trying(client);
    if (client === 'codex') expect(await whyUnshown(here)).toBeUndefined();
    expect(await whyUnshown({ ...here, binary: 'false' })).toBe('it ended with code 1');
  });

  test('without the control that closes it a way is seen to be open', async () => {
    const here = await trying(client);
    const files = here.files.map(({ name, text }) => ({
      name,
      text: name === 'managed-settings.json' ? bareSettings(text) : text,
    }));
    const open = files.map(({ name, text }) => ({
      name,
      text: name === 'requirements.toml' ? editToml(text, bareRequirements) : text,
    }));
    const id = client === 'codex' ? 'git.push' : 'settings.no-hooks';
    const bypass = BYPASSES.find((one) => one.id === id);
    if (bypass === undefined) throw new Error('no such bypass');
    expect(await tryBypass({ ...here, files: open }, bypass)).toMatchObject({ outcome: 'uncovered' });
  });

  test('without files of ours the ways are open, and the probe sees that', async () => {
    const bare = { ...(await trying(client)), files: [] };
    const [bypass] = BYPASSES.filter(({ id }) => id === 'model.raw-key');
    if (bypass === undefined) throw new Error('no such bypass');
    expect(await tryBypass(bare, bypass)).toMatchObject({ outcome: 'uncovered' });
  });
});

test('what an agent reports of itself takes away, and only a person gives back', async () => {
  const agent = new Client({ url: stage.at.server.url, key: stage.task.key });
  const report = (outcome: 'stopped' | 'uncovered') => ({
    client: 'codex',
    version: '0.169.0',
    rows: [{ bypass: 'exec.native', outcome, by: 'hook' }],
  });
  expect((await agent.post('/api/v1/client-coverage', report('stopped'))).json).toEqual({ capped: false });
  expect((await agent.post('/api/v1/client-coverage', report('uncovered'))).json).toEqual({ capped: true });
  expect((await agent.post('/api/v1/client-coverage', report('stopped'))).json).toEqual({ capped: true });
  const { admin } = stage.at;
  expect((await admin.post('/api/v1/client-coverage', { ...report('stopped'), agent: AGENT })).json).toEqual({ capped: false });
  // What the bundle accepts is on record, and caps nobody.
  const file = join(stage.at.governance, 'clients.yaml');
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8')}\naccepted:\n  - { client: codex, bypass: exec.native, reason: A test lives with it. }\n`,
  );
  const { json: now } = await admin.get('/api/v1/bundles/current');
  await admin.post('/api/v1/bundles/apply', { files: await readDirectory(stage.at.governance), expect: String(now['revision']) });
  expect((await agent.post('/api/v1/client-coverage', report('uncovered'))).json).toEqual({ capped: false });
  const other = { ...report('uncovered'), client: 'claude' };
  expect((await agent.post('/api/v1/client-coverage', other)).json).toEqual({ capped: true });
  expect(
    (await admin.post('/api/v1/client-coverage', { ...other, ...report('stopped'), client: 'claude', agent: AGENT })).json,
  ).toEqual({
    capped: false,
  });
  const { json } = await admin.get('/api/v1/client-coverage', {});
  expect(json['data']).toMatchObject([
    { agent: AGENT, client: 'claude', capped: false },
    { agent: AGENT, client: 'codex', capped: false, rows: [{ outcome: 'uncovered' }] },
  ]);
  await expect(
    agent.post('/api/v1/client-coverage', { ...report('stopped'), agent: 'docs-refresh-planner-dev' }),
  ).rejects.toThrow();
});
