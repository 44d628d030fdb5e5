import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { denial, KEY } from '../wire/testing/test-road.ts';
import { catalogueServer, catalogueTool, reply, serverRecord, text } from './testing/servers.ts';
import { Stage, type StageOptions } from './testing/stage.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const WEATHER = catalogueTool({
  name: 'weather',
  input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  output: { type: 'object', properties: { degrees: { type: 'number' } }, required: ['degrees'] },
});
const SERVER = catalogueServer({
  record: serverRecord({ id: 'lab', elicitation: true }),
  prompts: [{ name: 'greet', description: 'Greets.', arguments: [{ name: 'who', required: true }] }],
  resources: [{ uri: 'file:///notes.txt', name: 'notes' }],
  resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 'files' }],
});

async function stageOf(options: StageOptions = {}): Promise<Stage> {
  const stage = await Stage.open({
    servers: [SERVER],
    tools: [catalogueTool({ name: 'echo' }), catalogueTool({ name: 'pay', class: 'mutate-high' }), WEATHER],
    scripts: {
      echo: ({ params }) => text(JSON.stringify(params['arguments'])),
      weather: () => reply({ content: [{ type: 'text', text: '{"degrees":21}' }], structuredContent: { degrees: 21 } }),
      'prompts/get': ({ params }) =>
        reply({ messages: [{ role: 'user', content: { type: 'text', text: `Hi ${JSON.stringify(params)}` } }] }),
      'resources/read': ({ params }) =>
        reply({ contents: [{ uri: params['uri'] ?? '', text: `read ${String(params['uri'])}` }] }),
      'completion/complete': () => reply({ completion: { values: ['a', 'b'], total: 2 } }),
    },
    ...options,
  });
  open.push(stage);
  return stage;
}

const HEADERS = { headers: { authorization: `Bearer ${KEY}` } };

async function modern(stage: Stage, options: ConstructorParameters<typeof ModernClient>[1] = {}): Promise<ModernClient> {
  const client = new ModernClient({ name: 'oracle', version: '1' }, { versionNegotiation: { mode: 'auto' }, ...options });
  await client.connect(new ModernTransport(new URL(stage.url), { requestInit: HEADERS }));
  open.push(client);
  return client;
}

async function old(
  stage: Stage,
  capabilities: NonNullable<ConstructorParameters<typeof OldClient>[1]>['capabilities'] = {},
): Promise<OldClient> {
  const client = new OldClient({ name: 'oracle', version: '1' }, { capabilities });
  await client.connect(new OldTransport(new URL(stage.url), { requestInit: HEADERS }) as Parameters<OldClient['connect']>[0]);
  open.push(client);
  return client;
}

describe('the official client of 2026-07-28', () => {
  it('negotiates the stateless protocol, lists, calls, reads, gets and completes', async () => {
    const stage = await stageOf();
    const client = await modern(stage);
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect(stage.sessions.rows.size).toBe(0);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['lab__echo', 'lab__pay', 'lab__weather']);
    const weather = await client.callTool({ name: 'lab__weather', arguments: { city: 'Bern' } });
    expect(weather.structuredContent).toEqual({ degrees: 21 });
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['lab__greet']);
    const prompt = await client.getPrompt({ name: 'lab__greet', arguments: { who: 'Ada' } });
    expect(prompt.messages[0]?.content).toEqual({ type: 'text', text: 'Hi {"name":"greet","arguments":{"who":"Ada"}}' });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['countersign://lab/file%3A%2F%2F%2Fnotes.txt']);
    const read = await client.readResource({ uri: resources[0]?.uri ?? '' });
    expect(read.contents).toEqual([{ uri: resources[0]?.uri, text: 'read file:///notes.txt' }]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['countersign://lab/~/file:///{path}']);
    const completed = await client.complete({
      ref: { type: 'ref/resource', uri: 'countersign://lab/~/file:///{path}' },
      argument: { name: 'path', value: 'a' },
    });
    expect(completed.completion.values).toEqual(['a', 'b']);
    expect(stage.upstreams.calls.at(-1)?.params['ref']).toEqual({ type: 'ref/resource', uri: 'file:///{path}' });
  });

  it('shows a denial as a result that the model reads, also for a tool with an output schema', async () => {
    const stage = await stageOf();
    stage.road.answer = () => ({ deny: denial('policy.denied', { instead: 'use echo' }) });
    const result = await (await modern(stage)).callTool({ name: 'lab__weather', arguments: { city: 'Bern' } });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('A policy denies this.');
    expect(result.structuredContent).toBeUndefined();
  });

  it('opens the approval link, comes back, and the call is made once', async () => {
    const stage = await stageOf();
    stage.road.answer = stage.approvals.gate;
    const client = await modern(stage, { capabilities: { elicitation: { url: {} } } });
    const links: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      links.push(params.mode === 'url' ? params.url : 'form');
      stage.approvals.decide(stage.approvals.last, 'approved');
      return { action: 'accept' };
    });
    const result = await client.callTool({ name: 'lab__pay', arguments: { cents: 5 } });
    expect(result.content).toEqual([{ type: 'text', text: 'pay was called' }]);
    expect(links).toEqual(['https://countersign.example/approve/apr_1']);
    expect(stage.upstreams.calls.length).toBe(1);
  });

  it('answers what a server asks, through the door', async () => {
    const stage = await stageOf({
      scripts: {
        echo: ({ resume }) =>
          resume === undefined
            ? {
                kind: 'input',
                requests: {
                  colour: {
                    method: 'elicitation/create',
                    params: {
                      message: 'Which colour?',
                      requestedSchema: { type: 'object', properties: { colour: { type: 'string' } } },
                    },
                  },
                },
                state: 'upstream-state',
              }
            : text(JSON.stringify(resume)),
      },
    });
    const client = await modern(stage, { capabilities: { elicitation: { form: {} } } });
    const asked: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message);
      return { action: 'accept', content: { colour: 'red' } };
    });
    const result = await client.callTool({ name: 'lab__echo', arguments: {} });
    expect(result.content).toEqual([
      {
        type: 'text',
        text: '{"inputResponses":{"colour":{"action":"accept","content":{"colour":"red"}}},"state":"upstream-state"}',
      },
    ]);
    expect(asked).toEqual(['The tool server "The lab server" (lab) asks through Countersign: Which colour?']);
  });

  it('is told of progress and of changed lists', async () => {
    const stage = await stageOf({
      scripts: {
        echo: (_request, events) => {
          events.progress({ progress: 1, total: 2 });
          events.progress({ progress: 2, total: 2, message: 'done' });
          return text('ok');
        },
      },
    });
    const client = await modern(stage);
    const seen: unknown[] = [];
    await client.callTool({ name: 'lab__echo', arguments: {} }, { onprogress: (progress) => void seen.push(progress) });
    expect(seen).toEqual([
      { progress: 1, total: 2 },
      { progress: 2, total: 2, message: 'done' },
    ]);
    const changed = new Promise<void>((resolve) =>
      client.setNotificationHandler('notifications/tools/list_changed', () => resolve()),
    );
    const subscription = await client.listen({ toolsListChanged: true });
    stage.catalogue.change([SERVER], [catalogueTool({ name: 'other' })]);
    await changed;
    await subscription.close();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['lab__other']);
  });
});

describe('the official client of 2025-11-25', () => {
  it('opens a session, lists, calls, reads, gets, completes, and ends it', async () => {
    const stage = await stageOf();
    const client = await old(stage);
    expect(stage.sessions.rows.size).toBe(1);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['lab__echo', 'lab__pay', 'lab__weather']);
    expect((await client.callTool({ name: 'lab__weather', arguments: { city: 'Bern' } })).structuredContent).toEqual({
      degrees: 21,
    });
    expect((await client.listPrompts()).prompts.length).toBe(1);
    expect((await client.getPrompt({ name: 'lab__greet', arguments: { who: 'Ada' } })).messages.length).toBe(1);
    const [resource] = (await client.listResources()).resources;
    expect((await client.readResource({ uri: resource?.uri ?? '' })).contents.length).toBe(1);
    await client.subscribeResource({ uri: resource?.uri ?? '' });
    await client.setLoggingLevel('warning');
    await client.ping();
    await (client.transport as OldTransport).terminateSession();
    expect(stage.sessions.rows.size).toBe(0);
  });

  it('shows a denial for a tool with an output schema, which it checks even for errors', async () => {
    const stage = await stageOf();
    stage.road.answer = () => ({ deny: denial('policy.denied') });
    const client = await old(stage);
    await client.listTools();
    const result = await client.callTool({ name: 'lab__weather', arguments: { city: 'Bern' } });
    expect(JSON.stringify(result)).toContain('A policy denies this.');
  });

  it('is sent to the approval link, hears of the verdict, and its repeated call goes through', async () => {
    const stage = await stageOf();
    stage.road.answer = stage.approvals.gate;
    const client = await old(stage, { elicitation: { url: {} } });
    const completed = new Promise<string>((resolve) => {
      client.fallbackNotificationHandler = async ({ method, params }) => resolve(`${method} ${JSON.stringify(params)}`);
    });
    const call = () => client.callTool({ name: 'lab__pay', arguments: { cents: 5 } });
    const refused = await call().catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: -32042 });
    const [elicitation] = (refused as { data: { elicitations: { url: string; elicitationId: string }[] } }).data.elicitations;
    expect(elicitation?.url).toBe('https://countersign.example/approve/apr_1');
    stage.approvals.decide('apr_1', 'approved');
    expect(await completed).toBe(`notifications/elicitation/complete {"elicitationId":"${elicitation?.elicitationId}"}`);
    expect((await call()).content).toEqual([{ type: 'text', text: 'pay was called' }]);
    expect(stage.upstreams.calls.length).toBe(1);
  });

  it('is asked in the middle of a call by a server of the newer protocol', async () => {
    const stage = await stageOf({
      scripts: {
        echo: ({ resume }) =>
          resume === undefined
            ? {
                kind: 'input',
                requests: {
                  q: {
                    method: 'elicitation/create',
                    params: { message: 'Sure?', requestedSchema: { type: 'object', properties: { sure: { type: 'boolean' } } } },
                  },
                },
                state: 's',
              }
            : text(JSON.stringify(resume.inputResponses)),
      },
    });
    const client = await old(stage, { elicitation: {} });
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { sure: true } }));
    const result = await client.callTool({ name: 'lab__echo', arguments: {} });
    expect(result.content).toEqual([{ type: 'text', text: '{"q":{"action":"accept","content":{"sure":true}}}' }]);
  });

  it('is told of progress, of changed lists, and can cancel', async () => {
    let aborted = false;
    const stage = await stageOf({
      scripts: {
        echo: (_request, events) => {
          events.progress({ progress: 1 });
          return text('ok');
        },
        pay: ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              resolve({ kind: 'failed', failure: { kind: 'aborted', sent: true, internal: 'aborted' } });
            });
          }),
      },
    });
    const client = await old(stage);
    const seen: unknown[] = [];
    await client.callTool({ name: 'lab__echo', arguments: {} }, undefined, {
      onprogress: (progress) => void seen.push(progress),
    });
    expect(seen).toEqual([{ progress: 1 }]);
    const changed = new Promise<void>((resolve) =>
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve()),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    stage.catalogue.change([SERVER], [catalogueTool({ name: 'pay', class: 'mutate-high' })]);
    await changed;
    const controller = new AbortController();
    const call = client.callTool({ name: 'lab__pay', arguments: {} }, undefined, { signal: controller.signal });
    while (stage.upstreams.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await expect(call).rejects.toThrow();
    const outcomes = await stage.road.settled(2);
    expect([aborted, outcomes.at(-1)?.act.status]).toEqual([true, 'cancelled']);
  });
});
