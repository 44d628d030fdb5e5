import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JsonRecord } from '@countersign/kernel/json';
import { afterAll, describe, expect, it } from 'vitest';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ServerOffer, ToolReply } from '../../ports/tool.ts';
import { record, stage, stdio } from './testing/stage.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const oracle = fileURLToPath(new URL('./testing/oracle.mjs', import.meta.url));
const bin = (manifest: string): string => join(dirname(manifest), 'dist/index.js');
const everything = bin(require.resolve('@modelcontextprotocol/server-everything/package.json'));
const filesystem = bin(require.resolve('@modelcontextprotocol/server-filesystem/package.json'));
const memory = bin(require.resolve('@modelcontextprotocol/server-memory/package.json'));
const thinking = bin(require.resolve('@modelcontextprotocol/server-sequential-thinking/package.json'));

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reference-')));
writeFileSync(join(folder, 'a.txt'), 'first\nsecond\n');

const never = new AbortController().signal;
const child = (id: string, args: readonly string[], over: Partial<ToolServerRecord> = {}): ToolServerRecord =>
  record(stdio(process.execPath, args), { id, ...over });

const servers = {
  everything: child('everything', [everything, 'stdio'], {
    credentials: [{ in: 'env', name: 'INJECTED', reference: 'env:SECRET', prefix: '' }],
  }),
  filesystem: child('filesystem', [filesystem, folder]),
  memory: record(stdio(process.execPath, [memory], { env: { MEMORY_FILE_PATH: join(folder, 'memory.json') } }), { id: 'memory' }),
  thinking: child('thinking', [thinking]),
};

const { up, tool, call } = stage();
afterAll(() => up.close());

/** Arguments with which each tool does something. */
const ARGUMENTS: Readonly<Record<keyof typeof servers, readonly (readonly [tool: string, args: object])[]>> = {
  everything: [
    ['echo', { message: 'hello' }],
    ['get-annotated-message', { messageType: 'success', includeImage: true }],
    ['get-env', {}],
    ['get-resource-links', { count: 2 }],
    ['get-resource-reference', { resourceType: 'Text', resourceId: 1 }],
    ['get-structured-content', { location: 'New York' }],
    ['get-sum', { a: 1, b: 2 }],
    ['get-tiny-image', {}],
    ['gzip-file-as-resource', { name: 'x.gz', data: 'data:text/plain;base64,aGVsbG8=', outputType: 'resource' }],
    ['toggle-simulated-logging', {}],
    ['toggle-subscriber-updates', {}],
    ['trigger-long-running-operation', { duration: 0.2, steps: 2 }],
    ['simulate-research-query', { topic: 'tides' }],
  ],
  filesystem: [
    ['read_file', { path: join(folder, 'a.txt') }],
    ['read_text_file', { path: join(folder, 'a.txt') }],
    ['read_media_file', { path: join(folder, 'a.txt') }],
    ['read_multiple_files', { paths: [join(folder, 'a.txt')] }],
    ['write_file', { path: join(folder, 'b.txt'), content: 'b' }],
    ['edit_file', { path: join(folder, 'a.txt'), edits: [{ oldText: 'first', newText: 'one' }] }],
    ['create_directory', { path: join(folder, 'c') }],
    ['list_directory', { path: folder }],
    ['list_directory_with_sizes', { path: folder }],
    ['directory_tree', { path: folder }],
    ['move_file', { source: join(folder, 'b.txt'), destination: join(folder, 'd.txt') }],
    ['search_files', { path: folder, pattern: '*.txt' }],
    ['get_file_info', { path: join(folder, 'a.txt') }],
    ['list_allowed_directories', {}],
  ],
  memory: [
    ['create_entities', { entities: [{ name: 'A', entityType: 'x', observations: ['o'] }] }],
    ['create_relations', { relations: [{ from: 'A', to: 'A', relationType: 'is' }] }],
    ['add_observations', { observations: [{ entityName: 'A', contents: ['p'] }] }],
    ['read_graph', {}],
    ['search_nodes', { query: 'A' }],
    ['open_nodes', { names: ['A'] }],
    ['delete_observations', { deletions: [{ entityName: 'A', observations: ['p'] }] }],
    ['delete_relations', { relations: [{ from: 'A', to: 'A', relationType: 'is' }] }],
    ['delete_entities', { entityNames: ['A'] }],
  ],
  thinking: [['sequentialthinking', { thought: 't', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }]],
};

const offers: Record<string, ServerOffer> = {};

for (const [name, server] of Object.entries(servers) as [keyof typeof servers, ToolServerRecord][])
  describe(`server-${name}`, () => {
    it('is offered as the official client sees it', async () => {
      const offer = await up.offer(server, never);
      offers[name] = offer;
      const { transport } = server;
      if (transport.kind !== 'stdio') throw new Error('no child');
      const { stdout } = await run(process.execPath, [oracle, transport.command, ...transport.args]);
      const listed = JSON.parse(stdout) as object[];
      expect(offer.era).toBe('legacy');
      expect(offer.protocolVersion).toBe('2025-11-25');
      expect(offer.dropped).toEqual([]);
      expect(offer.launch).toMatchObject({
        kind: 'stdio',
        command: process.execPath,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      });
      // The client leaves out members that its own schemas do not know.
      const seen = (tools: readonly object[]) =>
        tools.map((one) => JSON.parse(JSON.stringify({ ...one, execution: undefined })) as JsonRecord);
      expect(seen(offer.tools)).toEqual(seen(listed));
    });

    it('has all its tools called', async () => {
      const called: string[] = [];
      for (const [one, args] of ARGUMENTS[name]) {
        const reply = await tool(server, one, args, { timeoutMs: 20_000 });
        expect([one, reply.kind]).toEqual([one, 'result']);
        if (reply.kind !== 'result') continue;
        expect(reply.bytes).toBeGreaterThan(0);
        if (one !== 'read_media_file') expect([one, reply.result.isError ?? false]).toEqual([one, false]);
        called.push(one);
      }
      expect(called.sort()).toEqual(offers[name]?.tools.map((one) => String(one.name)).sort());
    });
  });

describe('server-everything in particular', () => {
  const server = servers.everything;
  const text = (reply: ToolReply): string => (reply.kind === 'result' ? JSON.stringify(reply.result) : JSON.stringify(reply));

  it('gets the injected credential and nothing else of ours, and the credential does not come back', async () => {
    const reply = text(await tool(server, 'get-env'));
    expect(reply).toContain('INJECTED');
    expect(reply).toContain('[WITHHELD:credential]');
    expect(reply).not.toContain('s3cret-value');
    expect(reply).not.toContain('ours');
    const env = JSON.parse(((JSON.parse(reply) as { content: { text: string }[] }).content[0] ?? { text: '{}' }).text) as object;
    expect(Object.keys(env).sort()).toEqual(['HOME', 'INJECTED', 'LANG', 'PATH']);
  });

  it('tells of progress to whoever asked for it', async () => {
    const heard: JsonRecord[] = [];
    const events = { progress: (params: JsonRecord) => heard.push(params), message: () => undefined };
    const params = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 2 } };
    await call(server, { params, progress: true }, events as never);
    await call(server, { params }, events as never);
    expect(heard.map(({ progress, total }) => [progress, total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(Object.keys(heard[0] ?? {})).not.toContain('progressToken');
  });

  it('parks a call that asks for input, and goes on with the answer', async () => {
    const asking = { capabilities: { elicitation: { form: {} } } };
    const offer = await tool(server, 'trigger-elicitation-request', {}, asking);
    if (offer.kind !== 'input') throw new Error(text(offer));
    const [key, asked] = Object.entries(offer.requests)[0] ?? ['', {}];
    expect(asked).toMatchObject({
      method: 'elicitation/create',
      params: { message: expect.any(String), requestedSchema: { type: 'object' } },
    });
    expect(offer.state).toMatch(/^prk_[\w-]{22}$/);
    const inputResponses = { [key]: { action: 'accept', content: { name: 'Ada', check: true } } };
    const resume = { inputResponses, state: offer.state };
    const foreign = await tool(server, 'trigger-elicitation-request', {}, { ...asking, resume, binding: 'agent-2' });
    expect(foreign).toMatchObject({ kind: 'failed', failure: { kind: 'lost' } });
    const reply = await tool(server, 'trigger-elicitation-request', {}, { ...asking, resume });
    expect(text(reply)).toContain('Ada');
    const again = await tool(server, 'trigger-elicitation-request', {}, { ...asking, resume });
    expect(again).toMatchObject({ kind: 'failed', failure: { kind: 'lost' } });
  });

  it('drives a task that asks for input on its way', async () => {
    const asking = { capabilities: { elicitation: { form: {} } }, timeoutMs: 30_000 };
    const args = { topic: 'python', ambiguous: true };
    const first = await tool(server, 'simulate-research-query', args, asking);
    if (first.kind !== 'input') throw new Error(text(first));
    const key = Object.keys(first.requests)[0] ?? '';
    const inputResponses = { [key]: { action: 'accept', content: { interpretation: 'programming' } } };
    const reply = await tool(server, 'simulate-research-query', args, {
      ...asking,
      resume: { inputResponses, state: first.state },
    });
    expect(reply.kind).toBe('result');
  });

  it('gives prompts, resources and completions, and says so when there is no such thing', async () => {
    const prompt = await call(server, { method: 'prompts/get', params: { name: 'args-prompt', arguments: { city: 'Oslo' } } });
    expect(text(prompt)).toContain('Oslo');
    const uri = String(offers.everything?.resources[0]?.uri);
    const read = await call(server, { method: 'resources/read', params: { uri } });
    expect(read).toMatchObject({ kind: 'result', result: { contents: [{ uri }], ttlMs: 0, cacheScope: 'private' } });
    const missing = await call(server, { method: 'resources/read', params: { uri: 'demo://nothing/here' } });
    expect(missing).toMatchObject({ kind: 'error', code: -32602 });
    const completion = await call(server, {
      method: 'completion/complete',
      params: { ref: { type: 'ref/prompt', name: 'completable-prompt' }, argument: { name: 'department', value: 'E' } },
    });
    expect(completion).toMatchObject({ kind: 'result', result: { completion: { values: ['Engineering'] } } });
  });

  it('is up, and another binding has a session of its own', async () => {
    expect(up.state('everything')).toBe('up');
    const [one, two] = await Promise.all([tool(server, 'get-env'), tool(server, 'get-env', {}, { binding: 'agent-9' })]);
    const home = (reply: ToolReply) => /"HOME\\": \\"([^\\]+)/.exec(text(reply))?.[1];
    expect(home(one)).toMatch(/countersign-tool-/);
    expect(home(two)).not.toBe(home(one));
  });
});
