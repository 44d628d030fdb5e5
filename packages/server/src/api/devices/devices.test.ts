import { describe, expect, test } from 'vitest';
import type { ClientSettings } from '../../ports/clients.ts';
import { AGENT, makeApi, OTHER_AGENT } from '../testing/world.ts';

const SETTINGS: ClientSettings = {
  origin: null,
  unmanaged: 'readOnly',
  graceMs: 1,
  telemetry: true,
  hosts: [],
  readOnlyPaths: ['infra'],
  deniedPaths: [],
  toolServers: [],
  deviceTtlMs: 86_400_000,
  codexLeavesSandbox: false,
  codex: { minimumVersion: '0.169.0', models: ['gpt-5.5'], sandbox: 'workspace-write' },
  claude: { minimumVersion: '2.1.329', models: ['claude-sonnet-5-5'], sandbox: 'workspace-write' },
};

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

function makeDevices(settings: ClientSettings | undefined = SETTINGS) {
  const made = makeApi();
  const { world, api } = made;
  if (world.snapshot !== undefined && settings !== undefined)
    world.snapshot = { ...world.snapshot, settings: { ...world.snapshot.settings, clients: settings } };
  const post = async (path: string, form: Readonly<Record<string, string>>) => {
    const answer = await api.hono.request(path, { method: 'POST', body: new URLSearchParams(form) });
    const text = await answer.text();
    return { status: answer.status, json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => api.hono.request(path, { headers });
  const begin = async (surface = 'claude_code') =>
    (await post('/oauth/device_authorization', { surface, unknown: 'is fine' })).json;
  const poll = (code: unknown) => post('/oauth/token', { grant_type: GRANT, device_code: String(code) });
  const approve = (code: unknown, as = 'usr_ada', body: object = { agent: AGENT.id }) =>
    made.call('POST', `/api/v1/device-logins/${String(code)}/approve`, { as, body });
  async function signedIn(surface?: string) {
    const { device_code, user_code } = await begin(surface);
    const device = (await approve(user_code)).json;
    return { device, tokens: (await poll(device_code)).json };
  }
  return { ...made, post, get, begin, poll, approve, signedIn };
}

describe('signing a client in', () => {
  test('a person confirms the code, and the client gets a token of the agent', async () => {
    const { begin, poll, approve, call } = makeDevices();
    const begun = await begin();
    expect(begun).toMatchObject({
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'http://127.0.0.1:7070/device',
      expires_in: 600,
      interval: 5,
    });
    expect(await poll(begun['device_code'])).toEqual({ status: 400, json: { error: 'authorization_pending' } });
    const shown = await call('GET', `/api/v1/device-logins/${String(begun['user_code']).toLowerCase()}`);
    expect(shown.json).toMatchObject({ client: 'claude' });
    const device = (await approve(begun['user_code'])).json;
    expect(device).toMatchObject({ client: 'claude', agent: AGENT.id, onBehalfOf: 'usr_ada', state: 'unseen' });
    const token = await poll(begun['device_code']);
    expect(token.json).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
    const me = await call('GET', '/api/v1/whoami', { as: `Bearer ${String(token.json['access_token'])}` });
    expect(me.status).toBe(200);
    // Each code once.
    expect(await poll(begun['device_code'])).toEqual({ status: 400, json: { error: 'expired_token' } });
  });

  test.each<[string, string, object, number]>([
    ['by somebody of another group', 'usr_sam', { agent: AGENT.id }, 403],
    ['for an agent of another group', 'usr_ada', { agent: OTHER_AGENT.id }, 403],
    ['by an agent', AGENT.id, { agent: AGENT.id }, 403],
    ['for an agent that nobody registered', 'usr_root', { agent: 'nobody' }, 400],
    ['on behalf of nobody', 'usr_root', { agent: AGENT.id, onBehalfOf: 'nobody' }, 400],
    ['under a mandate that is not there', 'usr_root', { agent: AGENT.id, mandate: 'man_9' }, 403],
  ])('refused: %s', async (_name, as, body, status) => {
    const { begin, poll, approve } = makeDevices();
    const begun = await begin();
    expect((await approve(begun['user_code'], as, body)).status).toBe(status);
    expect((await poll(begun['device_code'])).json).toEqual({ error: 'authorization_pending' });
  });

  test('what was refused, what is too old and what nobody asked for ends', async () => {
    const { begin, poll, call, world } = makeDevices();
    const [one, two] = [await begin(), await begin('codex')];
    expect((await call('POST', `/api/v1/device-logins/${String(one['user_code'])}/refuse`, { as: 'usr_ada' })).status).toBe(204);
    expect((await poll(one['device_code'])).json).toEqual({ error: 'access_denied' });
    world.nowMs += 601_000;
    expect((await poll(two['device_code'])).json).toEqual({ error: 'expired_token' });
    expect((await poll('nothing')).json).toEqual({ error: 'expired_token' });
    expect((await call('GET', `/api/v1/device-logins/${String(two['user_code'])}`)).status).toBe(404);
  });

  test('a dry run lets nobody in', async () => {
    const { begin, poll, call } = makeDevices();
    const begun = await begin();
    const dry = await call('POST', `/api/v1/device-logins/${String(begun['user_code'])}/approve?dryRun=true`, {
      body: { agent: AGENT.id },
    });
    expect(dry.json).toEqual({ dryRun: true, would: `let claude in as ${AGENT.id}, on behalf of usr_root` });
    expect((await poll(begun['device_code'])).json).toEqual({ error: 'authorization_pending' });
  });

  test('only clients that the bundle manages may ask', async () => {
    const { post } = makeDevices({ ...SETTINGS, codex: null });
    for (const surface of ['codex', 'other', ''])
      expect(await post('/oauth/device_authorization', { surface })).toEqual({ status: 400, json: { error: 'invalid_request' } });
    expect((await post('/oauth/token', { grant_type: 'password' })).json).toEqual({ error: 'unsupported_grant_type' });
  });
});

describe('a device', () => {
  test('refreshes its token, each refresh token once, and is shut out when it is revoked', async () => {
    const { signedIn, post, call } = makeDevices();
    const { device, tokens } = await signedIn();
    const refresh = (token: unknown) => post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(token) });
    const next = await refresh(tokens['refresh_token']);
    expect([next.status, next.json['refresh_token'] === tokens['refresh_token']]).toEqual([200, false]);
    expect(await refresh(tokens['refresh_token'])).toEqual({ status: 401, json: { error: 'invalid_grant' } });
    const revoked = await call('POST', `/api/v1/devices/${String(device['id'])}/revoke`, {
      as: 'usr_ada',
      body: { reason: 'laptop lost' },
    });
    expect(revoked.json['revokedAt']).not.toBeNull();
    expect(await refresh(next.json['refresh_token'])).toEqual({ status: 401, json: { error: 'invalid_grant' } });
    expect((await call('GET', '/api/v1/whoami', { as: `Bearer ${String(next.json['access_token'])}` })).status).toBe(401);
  });

  test('is shut out by a refresh token from long ago, and by none that we did not give', async () => {
    const { signedIn, post } = makeDevices();
    const { device, tokens } = await signedIn();
    const refresh = async (token: unknown) =>
      (await post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(token) })).json;
    const first = String(tokens['refresh_token']);
    const second = await refresh(first);
    const third = await refresh(second['refresh_token']);
    const parts = first.split('.');
    expect(parts[0]).toBe(device['id']);
    for (const forged of [`${parts[0]}.${parts[1]}.${'A'.repeat(43)}`, `${parts[0]}.${'A'.repeat(43)}.${parts[2]}`, `x.${first}`])
      expect(await refresh(forged)).toEqual({ error: 'invalid_grant' });
    const fourth = await refresh(third['refresh_token']);
    expect(fourth).toHaveProperty('access_token');
    expect(await refresh(first)).toEqual({ error: 'invalid_grant' });
    expect(await refresh(fourth['refresh_token'])).toEqual({ error: 'invalid_grant' });
  });

  test('of a person whom the bundle does not know any more gets no new token', async () => {
    const { signedIn, post, world } = makeDevices();
    const { tokens } = await signedIn();
    if (world.snapshot !== undefined) world.snapshot = { ...world.snapshot, people: new Map() };
    const answer = await post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) });
    expect(answer).toEqual({ status: 401, json: { error: 'invalid_grant' } });
    world.snapshot = undefined;
    const unknown = await post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) });
    expect(unknown.status).toBe(503);
  });

  test('signs itself out', async () => {
    const { signedIn, post, call } = makeDevices();
    const { device, tokens } = await signedIn();
    expect((await post('/oauth/revoke', { token: 'nonsense' })).status).toBe(200);
    expect((await post('/oauth/revoke', { token: String(tokens['access_token']) })).status).toBe(200);
    expect((await call('GET', `/api/v1/devices/${String(device['id'])}`)).json['revokedAt']).not.toBeNull();
  });

  test.each([
    ['revoke', 'POST', { reason: 'because' }, ['usr_sam', 'usr_vic', AGENT.id]],
    ['mandate', 'PUT', { mandate: null }, ['usr_sam', 'usr_vic', AGENT.id]],
  ])('%s: others are refused', async (verb, method, body, refused) => {
    const { signedIn, call } = makeDevices();
    const { device } = await signedIn();
    for (const as of refused)
      expect((await call(method, `/api/v1/devices/${String(device['id'])}/${verb}`, { as, body })).status).toBe(403);
  });
});

describe('settings', () => {
  const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });

  test('of Claude Code are fetched with the token, and again only when they differ', async () => {
    const { signedIn, get } = makeDevices();
    const { device, tokens } = await signedIn();
    const first = await get('/managed/settings', bearer(tokens['access_token']));
    const body = (await first.json()) as { uuid: string; checksum: string; settings: { env: { KEY: string } } };
    expect(body).toMatchObject({ uuid: device['id'], checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(body.settings.env.KEY).toMatch(/^csk_a_crd_/);
    expect(first.headers.get('etag')).toBe(`"${body.checksum}"`);
    const again = await get('/managed/settings', { ...bearer(tokens['access_token']), 'if-none-match': `"${body.checksum}"` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const other = await get('/managed/settings', { ...bearer(tokens['access_token']), 'if-none-match': '"sha256:0"' });
    expect(other.status).toBe(200);
  });

  test('are never answered as nothing', async () => {
    const { signedIn, get, deps } = makeDevices();
    const { tokens } = await signedIn();
    const shut = await get('/managed/settings', bearer('csk_a_crd_none_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'));
    expect([shut.status, shut.headers.get('x-should-retry')]).toEqual([401, 'false']);
    Object.assign(deps.clientFiles, { claudeSettings: () => undefined });
    expect((await get('/managed/settings', bearer(tokens['access_token']))).status).toBe(503);
  });

  test('of Codex are at an address with a secret in it', async () => {
    const { signedIn, get, call } = makeDevices();
    const { device, tokens } = await signedIn('codex');
    const address = new URL(`${String(tokens['config_server'])}/codex/config/bundle`).pathname;
    const answer = await get(address);
    expect(await answer.json()).toEqual({
      config_toml: { enterprise_managed: [{ id: device['id'], name: 'Countersign', contents: 'model = "gpt-5.5"\n' }] },
      requirements_toml: {
        enterprise_managed: [{ id: device['id'], name: 'Countersign', contents: expect.stringMatching(/^# csk_a_crd_/) }],
      },
    });
    expect((await get(`/devices/${'x'.repeat(43)}/codex/config/bundle`)).status).toBe(401);
    await call('POST', `/api/v1/devices/${String(device['id'])}/revoke`, { body: { reason: 'laptop lost' } });
    expect((await get(address)).status).toBe(401);
  });
});

test('the page lets a client in with a code, a key and a choice, and nothing less', async () => {
  const { api, begin, poll, keys } = makeDevices();
  const begun = await begin();
  const cookies = new Map<string, string>();
  const send = async (form?: Readonly<Record<string, string>>) => {
    const answer = await api.hono.request(form === undefined ? `/device?user_code=${String(begun['user_code'])}` : '/device', {
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '') ?? [];
    if (name !== undefined) cookies.set(name, value ?? '');
    return { status: answer.status, text: await answer.text(), csp: answer.headers.get('content-security-policy') };
  };
  const field = (text: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
  const first = await send();
  expect(first.csp).toContain("default-src 'none'");
  const look = { token: field(first.text, 'token'), step: 'look', code: String(begun['user_code']) };
  expect((await send({ ...look, key: 'csk_wrong' })).status).toBe(401);
  const again = await send();
  const asked = await send({ ...look, token: field(again.text, 'token'), key: keys.get('usr_ada') ?? '' });
  expect(asked.text).toContain(`<option value="${AGENT.id}">`);
  expect(asked.text).not.toContain(OTHER_AGENT.id);
  const decide = {
    token: field(asked.text, 'token'),
    step: 'decide',
    ticket: field(asked.text, 'ticket'),
    answer: 'approve',
    agent: AGENT.id,
    mandate: '',
    person: 'usr_ada',
  };
  expect((await send({ ...decide, token: 'x' })).status).toBe(403);
  expect((await send({ ...decide, agent: OTHER_AGENT.id })).status).toBe(400);
  expect((await poll(begun['device_code'])).json).toEqual({ error: 'authorization_pending' });
  expect((await send(decide)).text).toContain('It is in');
  expect((await poll(begun['device_code'])).status).toBe(200);
});
