import { describe, expect, test } from 'vitest';
import { AGENT, makeApi, OTHER_AGENT } from '../testing/world.ts';

const CREDENTIALS = `/api/v1/agents/${AGENT.id}/credentials`;

describe('the registry', () => {
  test('people see all agents, an agent sees itself', async () => {
    const { call } = makeApi();
    const ids = async (as: string) =>
      ((await call('GET', '/api/v1/agents', { as })).json['data'] as { id: string }[]).map(({ id }) => id);
    expect(await ids('usr_vic')).toEqual([OTHER_AGENT.id, AGENT.id]);
    expect(await ids(AGENT.id)).toEqual([AGENT.id]);
    expect((await call('GET', `/api/v1/agents/${AGENT.id}`, { as: OTHER_AGENT.id })).status).toBe(404);
    expect((await call('GET', `/api/v1/agents/${AGENT.id}`)).json).toMatchObject({ id: AGENT.id, tier: 2, revision: 'r1' });
  });
});

describe('keys of agents', () => {
  test('an issued key works at once, a rotated one replaces it, a revoked one is dead', async () => {
    const { call } = makeApi();
    const whoami = async (key: unknown) => (await call('GET', '/api/v1/whoami', { as: String(key) })).status;
    const issued = await call('POST', CREDENTIALS, { body: { ttlSeconds: 3_600 } });
    expect([issued.status, await whoami(issued.json['key'])]).toEqual([201, 200]);
    expect(JSON.stringify(issued.json)).not.toContain('secretHash');
    const { id } = issued.json['credential'] as { id: string };
    const rotated = await call('POST', `${CREDENTIALS}/${id}/rotate`);
    expect([
      rotated.status,
      rotated.json['rotated'],
      await whoami(issued.json['key']),
      await whoami(rotated.json['key']),
    ]).toEqual([201, id, 401, 200]);
    const fresh = (rotated.json['credential'] as { id: string }).id;
    const revoked = await call('POST', `${CREDENTIALS}/${fresh}/revoke`, { as: 'usr_ada', body: { reason: 'leaked in a log' } });
    expect([revoked.status, await whoami(rotated.json['key'])]).toEqual([200, 401]);
    expect((await call('POST', `${CREDENTIALS}/${fresh}/revoke`, { body: { reason: 'leaked in a log' } })).status).toBe(409);
    const listed = (await call('GET', CREDENTIALS)).json['data'] as { id: string; revokedAt: string | null }[];
    expect(listed.map(({ id: each, revokedAt }) => [each, revokedAt !== null])).toEqual([
      ['crd_seed4', false],
      [id, true],
      [fresh, true],
    ]);
  });

  test.each([
    ['issue', '', {}, ['usr_ada', 'usr_vic', AGENT.id]],
    ['rotate', '/crd_seed4/rotate', undefined, ['usr_ada', 'usr_vic', AGENT.id]],
    ['revoke', '/crd_seed4/revoke', { reason: 'because' }, ['usr_vic', OTHER_AGENT.id]],
  ])('%s: others are refused, and a dry run changes nothing', async (_name, path, body, refused) => {
    const { call, world } = makeApi();
    const before = JSON.stringify([...world.credentials]);
    for (const as of refused) expect((await call('POST', CREDENTIALS + path, { as, body })).status).toBe(403);
    const dry = await call('POST', `${CREDENTIALS}${path}?dryRun=true`, { body });
    expect([dry.status, dry.json['dryRun'], JSON.stringify([...world.credentials])]).toEqual([200, true, before]);
  });

  test.each([
    ['an unknown agent', '/api/v1/agents/nobody/credentials', {}, 404],
    ['a mandate that is not its own', CREDENTIALS, { mandate: 'man_9' }, 400],
    ['a life of no time', CREDENTIALS, { ttlSeconds: 0 }, 400],
    ['an unknown credential', `${CREDENTIALS}/crd_none/rotate`, undefined, 404],
    ['the credential of another agent', `${CREDENTIALS}/crd_seed5/rotate`, undefined, 404],
    ['the credential of a person', `${CREDENTIALS}/crd_seed0/rotate`, undefined, 404],
  ])('refused: %s', async (_name, path, body, status) => {
    expect((await makeApi().call('POST', path, { body })).status).toBe(status);
  });
});

describe('keys of people', () => {
  test('an administrator issues them; everyone replaces and revokes their own', async () => {
    const { call } = makeApi();
    const path = '/api/v1/people/usr_vic/credentials';
    expect((await call('POST', path, { as: 'usr_vic', body: {} })).status).toBe(403);
    const issued = await call('POST', path, { body: {} });
    const { id } = issued.json['credential'] as { id: string };
    expect((await call('POST', `${path}/${id}/rotate`, { as: 'usr_sam' })).status).toBe(403);
    const rotated = await call('POST', `${path}/${id}/rotate`, { as: 'usr_vic' });
    expect([issued.status, rotated.status, String(rotated.json['key']).slice(0, 6)]).toEqual([201, 201, 'csk_p_']);
    const own = (rotated.json['credential'] as { id: string }).id;
    expect((await call('POST', `${path}/${own}/revoke`, { as: 'usr_vic', body: { reason: 'not needed' } })).status).toBe(200);
    expect((await call('GET', path, { as: 'usr_sam' })).status).toBe(403);
    expect(((await call('GET', path, { as: 'usr_vic' })).json['data'] as unknown[]).length).toBe(3);
    expect((await call('POST', '/api/v1/people/nobody/credentials', { body: {} })).status).toBe(404);
    expect(((await call('GET', '/api/v1/people', { as: 'usr_vic' })).json['data'] as unknown[]).length).toBe(4);
  });
});

describe('kill switches', () => {
  const reason = { reason: 'it went wild' };

  test('an agent is stopped by its own group, and let go by an administrator', async () => {
    const { call, kills } = makeApi();
    const path = `/api/v1/kill-switches/agent:${AGENT.id}`;
    expect((await call('PUT', path, { as: 'usr_ada', body: reason })).json).toMatchObject({
      kind: 'agent',
      id: AGENT.id,
      setBy: 'usr_ada',
    });
    expect((await call('GET', '/api/v1/kill-switches', { as: 'usr_vic' })).json['data']).toMatchObject([{ id: AGENT.id }]);
    expect((await call('DELETE', `${path}?reason=calm+again`, { as: 'usr_ada' })).status).toBe(403);
    expect((await call('DELETE', `${path}?reason=calm+again&dryRun=true`)).status).toBe(200);
    expect((await call('DELETE', `${path}?reason=calm+again`)).status).toBe(204);
    expect([kills, (await call('DELETE', `${path}?reason=calm+again`)).status]).toEqual([[], 404]);
  });

  test.each([
    ['everything, by an administrator', 'all', 'usr_root', 200],
    ['everything, by anybody', 'all', 'usr_ada', 403],
    ['a team, by an administrator', 'team:payments', 'usr_root', 200],
    ['a team that does not exist', 'team:paiments', 'usr_root', 400],
    ['an agent that does not exist', 'agent:nobody', 'usr_root', 400],
    ['an agent, by another group', `agent:${AGENT.id}`, 'usr_sam', 403],
    ['an agent, by an agent', `agent:${AGENT.id}`, AGENT.id, 403],
    ['nonsense', 'people:all', 'usr_root', 400],
  ])('%s', async (_name, target, as, status) => {
    const { call, kills } = makeApi();
    expect((await call('PUT', `/api/v1/kill-switches/${target}?dryRun=true`, { as, body: reason })).status).toBe(status);
    expect(kills).toEqual([]);
    expect((await call('PUT', `/api/v1/kill-switches/${target}`, { as, body: reason })).status).toBe(status);
    expect(kills.length).toBe(status === 200 ? 1 : 0);
  });
});
