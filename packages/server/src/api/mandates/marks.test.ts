import { expect, test } from 'vitest';
import { AGENT, makeApi, OTHER_AGENT, TASK } from '../testing/world.ts';

async function admitted() {
  const api = makeApi();
  const { json } = await api.call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
  const { id } = json['mandate'] as { id: string };
  return { ...api, path: `/api/v1/mandates/${id}/marks`, task: String(json['task']) };
}

const LOWER = { dataClass: 'internal', taints: ['egress'], reason: 'the file was a fixture' };

test('200: what sticks to a task is shown, also to its agent, and lowered by somebody else than it is for', async () => {
  const { call, path, task } = await admitted();
  expect((await call('GET', path, { as: AGENT.id })).json).toEqual({ task, dataClass: 'public', taints: [] });
  const lowered = await call('POST', path, { as: 'usr_sam', body: LOWER });
  expect([lowered.status, lowered.json]).toEqual([200, { task, dataClass: 'internal', taints: ['egress'] }]);
  expect((await call('GET', path)).json).toEqual({ task, dataClass: 'internal', taints: ['egress'] });
});

test('200: a dry run says what it would do, and does nothing', async () => {
  const { call, path, task } = await admitted();
  const { json } = await call('POST', `${path}?dryRun=true`, { as: 'usr_sam', body: { ...LOWER, taints: [] } });
  expect(json).toMatchObject({ dryRun: true, would: `lower task ${task} to internal, without taints` });
  expect((await call('GET', path)).json).toMatchObject({ dataClass: 'public' });
});

test.each([
  ['the person whom the task is for', 'usr_ada', LOWER, 403],
  ['an agent', AGENT.id, LOWER, 403],
  ['an unknown class', 'usr_sam', { ...LOWER, dataClass: 'secret' }, 400],
  ['an unknown taint', 'usr_sam', { ...LOWER, taints: ['smelly'] }, 400],
  ['no reason', 'usr_sam', { dataClass: 'internal', taints: [] }, 400],
])('refused: %s', async (_name, as, body, status) => {
  const { call, path } = await admitted();
  expect((await call('POST', path, { as, body })).status).toBe(status);
});

test('404: another agent’s task does not exist', async () => {
  const { call, path } = await admitted();
  expect((await call('GET', path, { as: OTHER_AGENT.id })).status).toBe(404);
});
