// Countersign with tool servers behind its door: the program itself, the starter's policies, and a person's word about what they offer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, startProgram, writeStarter } from '../model/countersign.mjs';
import { call } from '../model/probe.mjs';

const ACTIONS = ['tool.read', 'tool.draft', 'tool.recommend', 'tool.mutateLow', 'tool.mutateHigh', 'tool.fetch'];
/** A server is a child that has to start, and everything else on this machine starts at the same time. */
const SEEN_MS_MAX = 60_000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A server that the agent of the benchmarks may use, whatever its tools are called; `over` has any member of the file. */
export const serverFile = (id, transport, over = {}) => ({
  id,
  title: `Test server ${id}`,
  owner: 'team:platform',
  environment: 'dev',
  transport,
  teams: ['payments'],
  environments: ['dev'],
  useCases: ['code-maintenance'],
  dataClass: 'public',
  maxDataClass: 'internal',
  taints: [],
  expose: 'all',
  ...over,
});

/** An operation that may be called without a person. */
export const readable = (name, over = {}) => ({
  name,
  class: 'read',
  reason: 'A test server holds nothing of anybody.',
  ...over,
});

async function get({ url, key }, path) {
  const target = {
    port: Number(new URL(url).port),
    path: `/api/v1${path}`,
    method: 'GET',
    headers: { authorization: `Bearer ${key}` },
  };
  const { status, text } = await call(target, '', 'GET');
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 800)}`);
  return JSON.parse(text);
}

/** The administrator looks at what the server offers and approves it as it stands. @throws Error when it offers nothing in time */
async function approve(connection, id) {
  for (const from = performance.now(); ; await wait(100)) {
    const server = await get(connection, `/tools/servers/${id}`);
    if (server.pin !== null) {
      const body = { pin: server.pin, answer: 'approve', reason: 'A test server holds nothing of anybody.' };
      await ask(connection, `/tools/servers/${id}/verdict`, body, 200);
      return;
    }
    if (performance.now() - from > SEEN_MS_MAX)
      throw new Error(`the tool server ${id} offers nothing: ${JSON.stringify(server)}`);
  }
}

/** @param servers files of tools/, as objects; JSON is YAML */
export async function startDoor(servers, { env = {} } = {}) {
  const write = (dir) => {
    writeStarter(dir);
    for (const server of servers) writeFileSync(join(dir, 'tools', `${server.id}.yaml`), JSON.stringify(server));
  };
  const program = await startProgram({ name: 'countersign', actions: ACTIONS, write, env });
  for (const { id } of servers) await approve(program.connection, id);
  return { ...program, path: '/mcp', url: `${program.connection.url}/mcp` };
}
