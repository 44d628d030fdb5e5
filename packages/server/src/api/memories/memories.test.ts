import { expect, test } from 'vitest';
import { MEMORY } from '../testing/memories.ts';
import { AGENT, makeApi } from '../testing/world.ts';

const PATH = `/api/v1/memories/${MEMORY.id}`;
const { text, tags, dataClass, ...rest } = MEMORY;
const BARE = { ...rest, class: dataClass };

test('the list has everything but what they say, by page and filter', async () => {
  const { call } = makeApi();
  const first = await call('GET', '/api/v1/memories?limit=1', { as: 'usr_vic' });
  expect(first.json).toEqual({ data: [BARE], nextCursor: MEMORY.id });
  const second = await call('GET', `/api/v1/memories?cursor=${MEMORY.id}`, { as: 'usr_vic' });
  expect((second.json['data'] as { class: string }[]).map((each) => each.class)).toEqual(['confidential']);
  for (const query of ['scope=team', 'owner=payments', 'subject=usr_ada', 'scope=team&owner=payments&agent=payments-fixer'])
    expect((await call('GET', `/api/v1/memories?${query}`)).json).toEqual({ data: [BARE] });
  expect((await call('GET', '/api/v1/memories?agent=nobody')).json).toEqual({ data: [] });
  expect((await call('GET', '/api/v1/memories?scope=planet')).status).toBe(400);
});

test('what it says is read with a reason, by those whom the road lets', async () => {
  const { call } = makeApi();
  expect((await call('GET', `${PATH}?reason=incident`, { as: 'usr_sam' })).json).toEqual({ ...BARE, text, tags });
  expect((await call('GET', PATH, { as: 'usr_sam' })).status).toBe(400);
  expect((await call('GET', `${PATH}?reason=incident`, { as: 'usr_vic' })).json).toMatchObject({
    status: 403,
    code: 'policy.denied',
  });
  expect((await call('GET', '/api/v1/memories/mem_none?reason=incident', { as: 'usr_sam' })).status).toBe(404);
});

test('forgetting takes a code, tells first what it would do, and happens once', async () => {
  const { call } = makeApi();
  const dry = await call('DELETE', `${PATH}?reason=subject.request&dryRun=true`);
  expect(dry.json).toEqual({ dryRun: true, would: `erase ${MEMORY.id}, which payments-fixer wrote for team payments` });
  expect((await call('DELETE', `${PATH}?reason=because%20she%20asked`)).status).toBe(400);
  expect((await call('DELETE', `${PATH}?reason=subject.request`, { as: 'usr_vic' })).status).toBe(403);
  expect((await call('DELETE', `${PATH}?reason=subject.request`)).status).toBe(204);
  expect((await call('DELETE', `${PATH}?reason=subject.request`)).status).toBe(404);
});

test('agents and strangers have no part in it', async () => {
  const { call } = makeApi();
  for (const as of [AGENT.id, null]) {
    const statuses = await Promise.all([
      call('GET', '/api/v1/memories', { as }),
      call('GET', `${PATH}?reason=incident`, { as }),
      call('DELETE', `${PATH}?reason=subject.request`, { as }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual(Array(3).fill(as === null ? 401 : 403));
  }
});
