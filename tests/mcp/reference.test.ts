/** The four official reference servers behind the door: every tool of theirs called by the official clients of both eras. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declared, type ServerFile, serverFile, stdio, textOf, ToolStage } from './stage.ts';

const require = createRequire(import.meta.url);
const program = (name: string): string =>
  join(dirname(require.resolve(`@modelcontextprotocol/server-${name}/package.json`)), 'dist/index.js');

/** One folder a client, so that both find the same files. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-reference-')));

type Calls = Readonly<Record<string, object>>;

const EVERYTHING: Calls = {
  echo: { message: 'hello' },
  'get-annotated-message': { messageType: 'success', includeImage: true },
  'get-env': {},
  'get-resource-links': { count: 2 },
  'get-resource-reference': { resourceType: 'Text', resourceId: 1 },
  'get-structured-content': { location: 'New York' },
  'get-sum': { a: 1, b: 2 },
  'get-tiny-image': {},
  'gzip-file-as-resource': { name: 'x.gz', data: 'data:text/plain;base64,aGVsbG8=', outputType: 'resource' },
  'toggle-simulated-logging': {},
  'toggle-subscriber-updates': {},
  'trigger-long-running-operation': { duration: 0.2, steps: 2 },
  'simulate-research-query': { topic: 'tides' },
};

const filesystem = (own: string): Calls => ({
  read_file: { path: join(own, 'a.txt') },
  read_text_file: { path: join(own, 'a.txt') },
  read_media_file: { path: join(own, 'a.png') },
  read_multiple_files: { paths: [join(own, 'a.txt')] },
  write_file: { path: join(own, 'b.txt'), content: 'b' },
  edit_file: { path: join(own, 'a.txt'), edits: [{ oldText: 'first', newText: 'one' }] },
  create_directory: { path: join(own, 'c') },
  list_directory: { path: own },
  list_directory_with_sizes: { path: own },
  directory_tree: { path: own },
  move_file: { source: join(own, 'b.txt'), destination: join(own, 'd.txt') },
  search_files: { path: own, pattern: '*.txt' },
  get_file_info: { path: join(own, 'a.txt') },
  list_allowed_directories: {},
});

const MEMORY: Calls = {
  create_entities: { entities: [{ name: 'A', entityType: 'x', observations: ['o'] }] },
  create_relations: { relations: [{ from: 'A', to: 'A', relationType: 'is' }] },
  add_observations: { observations: [{ entityName: 'A', contents: ['p'] }] },
  read_graph: {},
  search_nodes: { query: 'A' },
  open_nodes: { names: ['A'] },
  delete_observations: { deletions: [{ entityName: 'A', observations: ['p'] }] },
  delete_relations: { relations: [{ from: 'A', to: 'A', relationType: 'is' }] },
  delete_entities: { entityNames: ['A'] },
};

const THINKING: Calls = {
  sequentialthinking: { thought: 'Measure first.', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
};

/** Offered only to clients that can be asked. */
const ASKING = ['trigger-elicitation-request', 'trigger-url-elicitation'];

const SERVERS: readonly ServerFile[] = [
  serverFile('everything', stdio([program('everything'), 'stdio']), {
    operations: declared([...Object.keys(EVERYTHING), ...ASKING]),
    elicitation: true,
  }),
  serverFile('files', stdio([program('filesystem'), folder]), { operations: declared(Object.keys(filesystem(folder))) }),
  serverFile('graph', stdio([program('memory')], { MEMORY_FILE_PATH: join(folder, 'memory.json') }), {
    operations: declared(Object.keys(MEMORY)),
  }),
  serverFile('thinking', stdio([program('sequential-thinking')]), { operations: declared(Object.keys(THINKING)) }),
];

const callsOf = (own: string): Readonly<Record<string, Calls>> => ({
  everything: EVERYTHING,
  files: filesystem(own),
  graph: MEMORY,
  thinking: THINKING,
});

function folderFor(name: string): string {
  const own = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(own, 'a.txt'), 'first\nsecond\n');
  writeFileSync(join(own, 'a.png'), Buffer.from('iVBORw0KGgo=', 'base64'));
  return own;
}

let stage: ToolStage;

beforeAll(async () => {
  stage = await ToolStage.open(SERVERS);
});
afterAll(async () => {
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface AnyClient {
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<object>;
}

/** Calls everything that is listed. @returns what was listed and not called, or called and not answered */
async function everyTool(client: AnyClient, era: string): Promise<readonly string[]> {
  const calls = callsOf(folderFor(era));
  const { tools } = await client.listTools();
  const left = new Set(tools.map(({ name }) => name).filter((name) => !ASKING.some((one) => name.endsWith(`__${one}`))));
  const failed: string[] = [];
  for (const [server, of] of Object.entries(calls))
    for (const [name, args] of Object.entries(of)) {
      const exposed = `${server}__${name}`;
      if (!left.delete(exposed)) failed.push(`${exposed} is not listed`);
      const result = (await client.callTool({ name: exposed, arguments: args as Record<string, unknown> })) as {
        isError?: boolean;
        content?: unknown;
      };
      if (result.isError === true) failed.push(`${exposed}: ${textOf(result)}`);
    }
  return [...failed, ...[...left].filter((name) => /^(?:everything|files|graph|thinking)__/.test(name))];
}

const ANSWER = { action: 'accept', content: { interpretation: 'programming' } } as const;
/** Its question is one that the door lets through; that of `trigger-elicitation-request` speaks of a PIN, and is declined. */
const ASK = { name: 'everything__simulate-research-query', arguments: { topic: 'python', ambiguous: true } };

describe.each(['modern', 'legacy'] as const)('a %s client', (era) => {
  test('calls every tool of the reference servers, which all speak the older protocol', async () => {
    const client = era === 'modern' ? await stage.modern() : await stage.legacy();
    expect(await everyTool(client as unknown as AnyClient, era)).toEqual([]);
  });

  test('is asked by a server in the middle of a call, and the call goes on with the answer', async () => {
    const asked: string[] = [];
    let told: object;
    if (era === 'modern') {
      const client = await stage.modern({ capabilities: { elicitation: { form: {} } } });
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        asked.push(params.message);
        return { ...ANSWER, content: { ...ANSWER.content } };
      });
      told = await client.callTool(ASK);
    } else {
      const client = await stage.legacy({ capabilities: { elicitation: { form: {} } } });
      client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
        asked.push(params.message);
        return { ...ANSWER, content: { ...ANSWER.content } };
      });
      told = await client.callTool(ASK);
    }
    // Whoever asks is named, so that nobody takes it for us.
    expect(asked).toEqual([expect.stringContaining('everything')]);
    expect(textOf(told).toLowerCase()).toContain('programming');
  });
});

test('a server reaches neither the roots nor the models of a client, whatever the client declares', async () => {
  const client = await stage.legacy({ capabilities: { roots: {}, sampling: {} } });
  client.setRequestHandler(ListRootsRequestSchema, () => {
    throw new Error('nobody may ask this');
  });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).filter((name) => /roots|sampling/.test(name))).toEqual([]);
});
