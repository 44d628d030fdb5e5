import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, ledgerOf, openInstallation, type TestTask, verifyLedger } from '../support/installation.ts';

let installation: Installation;
let task: TestTask;
const clients: Client[] = [];

const ACTIONS = ['tool.read', 'tool.draft', 'tool.mutateLow'];

async function connect(key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  // Its types and ours differ in exact optional members only.
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', installation.server.url), { requestInit }) as Parameters<
      Client['connect']
    >[0],
  );
  clients.push(client);
  return client;
}

beforeAll(async () => {
  installation = await openInstallation();
  task = await installation.task({ actions: ACTIONS });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await installation.close();
});

interface Found {
  readonly hits: readonly { readonly id: string; readonly text: string }[];
}

const CARD = ['4539', '1488', '0343', '6467'];

test('an agent remembers through the door, another task finds it, people see and erase it, and the ledger verifies', async () => {
  const agent = await connect(task.key);
  await expect
    .poll(async () => (await agent.listTools()).tools.map(({ name }) => name), { timeout: 30_000 })
    .toEqual(['memory__forget', 'memory__put', 'memory__search']);

  const put = (text: string, scope = 'agent') => agent.callTool({ name: 'memory__put', arguments: { text, scope } });
  const kept = await put('The slug module breaks on emoji');
  expect(kept).toMatchObject({ structuredContent: { scope: 'agent', class: 'internal' } });
  for (const text of [`her card is ${CARD.join('.')}`, `the key is ${['AKIA', 'Q3EGRIDVNL5XUTZM'].join('')}`]) {
    const refused = await put(text);
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused)).not.toContain(CARD[0]);
  }
  await put('only in this task', 'task');

  const other = await connect((await installation.task({ actions: ACTIONS })).key);
  const { hits } = (await other.callTool({ name: 'memory__search', arguments: { query: '' } }))
    .structuredContent as unknown as Found;
  expect(hits.map(({ text }) => text)).toEqual(['The slug module breaks on emoji']);

  const { json } = await installation.admin.get('/api/v1/memories', {});
  const listed = json['data'] as { id: string; scope: string; subject: string }[];
  expect(listed.map(({ scope }) => scope)).toEqual(['task', 'agent']);
  const id = hits[0]?.id ?? '';
  expect((await installation.admin.get(`/api/v1/memories/${id}`, { reason: 'incident 4711' })).json).toMatchObject({
    text: 'The slug module breaks on emoji',
  });

  const protection = await installation.personClient('grace');
  await protection.post('/api/v1/payloads/erase', { subject: listed[0]?.subject ?? '', reason: 'subject.request' });
  expect((await installation.admin.get('/api/v1/memories', {})).json['data']).toEqual([]);
  const again = await other.callTool({ name: 'memory__search', arguments: { query: '' } });
  expect(again.structuredContent).toEqual({ hits: [], more: false });

  const entries = await ledgerOf(installation);
  expect(entries.filter(({ type }) => type === 'memory.written').length).toBe(2);
  expect(JSON.stringify(entries)).not.toContain('emoji');
  await expect.poll(async () => (await verifyLedger(installation)).ok, { timeout: 30_000 }).toBe(true);
});
