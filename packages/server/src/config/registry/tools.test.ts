import { describe, expect, test } from 'vitest';
import { buildBundle, type BuildResult } from '../build/build.ts';
import { snapshotOf } from '../build/snapshot.ts';
import { unpackArchive } from '../build/archive.ts';
import { findingText } from '../finding.ts';
import { diffSnapshots } from '../plan/diff.ts';
import { edited, starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';

const build = (files: Readonly<Record<string, string>>): Promise<BuildResult> => buildBundle(files, { cedar: cedarText });
const errors = (result: BuildResult): string[] => result.findings.filter(({ severity }) => severity === 'error').map(findingText);

const TRACKER = 'tools/issue-tracker.yaml';
const FILES = 'tools/project-files.yaml';

const OPENAPI = `openapi: 3.1.0
info: { title: Shop, version: '1' }
paths:
  /orders:
    get: { operationId: listOrders, responses: {} }
    post: { operationId: placeOrder, responses: {} }
  /orders/{id}:
    delete: { operationId: cancelOrder, responses: {} }
`;
const SHOP = `id: shop
title: The shop
owner: team:platform
environment: dev
transport: { kind: openapi, document: shop.openapi.yaml, url: https://shop.example.com }
teams: [platform]
environments: [dev]
useCases: [operations]
dataClass: internal
maxDataClass: internal
operations:
  - { name: listOrders, class: read }
  - { name: placeOrder, class: mutate-low }
`;
const shop = async (from = '', to = '', document = OPENAPI): Promise<string[]> =>
  errors(await build(await starterFiles({ 'tools/shop.yaml': SHOP.replace(from, to), 'tools/shop.openapi.yaml': document })));

test('a tool server becomes a record, with every duration, size and default', async () => {
  const result = await build(await starterFiles());
  if (!result.ok) throw new Error(errors(result).join('\n'));
  const files = result.snapshot.toolServers.get('project-files');
  expect(files).toMatchObject({
    owner: 'team:platform',
    transport: { kind: 'stdio', command: 'node', cwd: null, env: {}, digest: null },
    taints: ['private'],
    expose: 'declared',
    concurrency: 8,
    queueMs: 5_000,
    timeoutMs: 30_000,
    argumentBytesMax: 262_144,
    resultBytesMax: 4_194_304,
    ratePerMinute: null,
    enabled: false,
  });
  expect(files?.operations.map(({ name, resultBytesMax }) => [name, resultBytesMax])).toEqual([
    ['edit_file', null],
    ['list_directory', null],
    ['read_text_file', 1_048_576],
    ['search_files', null],
  ]);
  const tracker = result.snapshot.toolServers.get('issue-tracker');
  expect(tracker?.operations.find(({ name }) => name === 'add_comment')).toMatchObject({
    class: 'mutate-low',
    alias: null,
    taints: ['egress', 'untrusted'],
    idempotencyKey: { in: 'header', name: 'Idempotency-Key' },
    http: { method: 'POST', path: '/issues/{number}/comments', place: {} },
  });
});

test('a stored revision has the same servers, and one from before there were any has none', async () => {
  const result = await build(await starterFiles());
  if (!result.ok) throw new Error(errors(result).join('\n'));
  const { built } = unpackArchive(result.archive, result.revision);
  expect(snapshotOf(result.revision, built).toolServers).toEqual(result.snapshot.toolServers);
  const { toolServers: _, ...registries } = built.registries;
  expect(snapshotOf(result.revision, { ...built, registries }).toolServers.size).toBe(0);
});

test('tools are entities below their server, and policies may name them', async () => {
  const files = await starterFiles();
  const named = (id: string): string =>
    `${files['policies/20-limits.cedar'] ?? ''}\n@id("limit.named") @layer("limit") @mode("shadow") @since("2026-11-21") @reason("x.y") @owner("team:platform") @escalate("team:platform") @message("Not this one.")\nforbid (principal is Countersign::Agent, action in Countersign::Action::"tool.call", resource == Countersign::Tool::"${id}");\n`;
  const known = await build({ ...files, 'policies/20-limits.cedar': named('issue-tracker/add_comment') });
  expect(errors(known)).toEqual([]);
  const unknown = await build({ ...files, 'policies/20-limits.cedar': named('issue-tracker/add_coment') });
  expect(errors(unknown).join('\n')).toMatch(/policy\.unknown-entity.*did you mean `issue-tracker\/add_comment`/);
});

describe('a mistake in a tool server is refused', () => {
  test.each<[string, string, string, string, RegExp]>([
    [
      'an unknown key',
      TRACKER,
      'title: Issue tracker',
      'title: Issue tracker\nretrys: 1',
      /error yaml\.unknown-key: `retrys` is not a key here/,
    ],
    [
      'an unknown key of a transport',
      TRACKER,
      'kind: operations, url',
      'kind: operations, uri: x, url',
      /error yaml\.unknown-key: `transport\.uri` is not a key here\. \(did you mean `url`\?\)/,
    ],
    [
      'another file name',
      TRACKER,
      'id: issue-tracker',
      'id: issues',
      /error tool\.file-name: The tool server `issues` must stand in `tools\/issues\.yaml`\./,
    ],
    ['an owner that is not there', TRACKER, 'owner: team:platform', 'owner: group:platfrom', /error registry\.unknown-group/],
    [
      'an environment that is not there',
      TRACKER,
      'environments: [dev, staging]',
      'environments: [dev, stagin]',
      /error registry\.unknown-environment: There is no environment `stagin`/,
    ],
    [
      'an operation wider than its server',
      TRACKER,
      'environments: [staging]',
      'environments: [prod]',
      /error registry\.unknown-environment: There is no environment `prod`/,
    ],
    [
      'a lower class without a reason',
      TRACKER,
      '    class: mutate-high\n',
      '    class: draft\n',
      /error tool\.class-reason: `delete_issue` looks like mutate-high, so a lower class needs a reason\. \(reason: why it is harmless\)/,
    ],
    [
      'a reason that says nothing',
      TRACKER,
      'reason: It adds to a triage list that only people act on.',
      "reason: ''",
      /`operations\[2\]\.reason` must say something/,
    ],
    [
      'a name that says nothing, and no reason',
      FILES,
      'name: list_directory, class: read',
      'name: weather, class: read',
      /error tool\.class-reason: `weather` looks like mutate-high/,
    ],
    [
      'a secret in clear',
      TRACKER,
      'env:ISSUE_TRACKER_TOKEN',
      'sk_live_12345678',
      /`credentials\[0\]\.reference` must be a reference/,
    ],
    [
      'a secret in the environment',
      FILES,
      '  command: node',
      '  command: node\n  env: { GITHUB_TOKEN: abc }',
      /error tool\.secret: `GITHUB_TOKEN` looks like a secret/,
    ],
    [
      'an environment that changes what runs',
      FILES,
      '  command: node',
      '  command: node\n  env: { NODE_OPTIONS: --require=/tmp/x }',
      /error tool\.variable/,
    ],
    ['a shell', FILES, 'command: node', 'command: bash', /error tool\.shell: `bash` runs whatever/],
    ['a program with arguments', FILES, 'command: node', "command: 'node x.js'", /`transport\.command` must be one program/],
    [
      'a program that installs',
      FILES,
      'command: node',
      'command: /usr/bin/npx',
      /error tool\.installs: `npx` fetches what it runs/,
    ],
    ['a relative program', FILES, 'command: node', 'command: bin/server', /error tool\.command: A path must be absolute/],
    [
      'plain HTTP',
      TRACKER,
      'https://issues.example.com',
      'http://issues.example.com',
      /error tool\.plain-http: Plain HTTP is for this machine/,
    ],
    [
      'a credential in the address',
      TRACKER,
      'https://issues.example.com',
      'https://a:b@issues.example.com',
      /`transport\.url` must be an http or https URL without credentials/,
    ],
    [
      'a header of the connection',
      TRACKER,
      'name: Authorization',
      'name: Host',
      /error tool\.credential: `Host` cannot carry a credential/,
    ],
    [
      'a credential in the wrong place',
      TRACKER,
      'in: header, name: Authorization',
      'in: env, name: TOKEN',
      /error tool\.credential: A server of kind operations cannot take a credential in `env`/,
    ],
    [
      'hosts without elicitation',
      TRACKER,
      'taints: [untrusted]',
      'taints: [untrusted]\nelicitationHosts: [login.example.com]',
      /error tool\.elicitation/,
    ],
    [
      'everything of a declared server',
      TRACKER,
      'taints: [untrusted]',
      'taints: [untrusted]\nexpose: all',
      /error tool\.expose: A server of kind operations exposes what stands here/,
    ],
    [
      'an operation twice',
      TRACKER,
      'name: get_issue',
      'name: search_issues',
      /error registry\.duplicate-id: The operation `search_issues` is there twice/,
    ],
    [
      'an argument that the path lacks',
      TRACKER,
      'path: /issues/{number}/comments',
      'path: /issues/{id}/comments',
      /error tool\.http: `\{id\}` is no required property of the input/,
    ],
    [
      'a path that climbs',
      TRACKER,
      'path: /triage',
      'path: /../triage',
      /error tool\.http: The path has a brace that is not closed, or `\.\.`/,
    ],
    [
      'a body of a GET',
      TRACKER,
      '      path: /issues\n',
      '      path: /issues\n      place: { query: body }\n',
      /error tool\.http: GET has no body/,
    ],
    [
      'a schema that reaches out',
      TRACKER,
      'query: { type: string, maxLength: 200 }',
      "query: { $ref: 'https://evil.example/s.json' }",
      /error tool\.schema: The schema refers to something outside itself/,
    ],
    [
      'a retry that may act twice',
      TRACKER,
      '    idempotencyKey: { in: header, name: Idempotency-Key }\n',
      '',
      /error tool\.retries: A call that changes something is repeated only/,
    ],
    [
      'a size that is none',
      FILES,
      'resultMax: 1MiB',
      'resultMax: 1MB',
      /`operations\[0\]\.resultMax` must be a whole number with B, KiB or MiB/,
    ],
    ['a size beyond reason', FILES, 'resultMax: 1MiB', 'resultMax: 900MiB', /must be at most 64MiB/],
    ['a pointer that is none', TRACKER, 'redact: [/reporter/email]', 'redact: [reporter.email]', /must be a JSON pointer/],
    [
      'an alias that is taken',
      FILES,
      'name: list_directory, class: read',
      'name: list_directory, class: read, alias: ISSUE-tracker__get_issue',
      /error tool\.alias/,
    ],
    [
      'an alias that poses as another server',
      FILES,
      'name: list_directory, class: read',
      'name: list_directory, class: read, alias: memory__recall',
      /error tool\.alias: The alias `memory__recall` looks like a tool of `memory`/,
    ],
    [
      'a pin that is none',
      FILES,
      'name: list_directory, class: read',
      'name: list_directory, class: read, pin: abc',
      /`operations\[1\]\.pin` must be 64 hex digits/,
    ],
  ])('%s', async (_, path, from, to, expected) => {
    const result = await build(await edited(path, from, to));
    expect(result.ok).toBe(false);
    expect(errors(result).filter((line) => expected.test(line) && line.startsWith('tools/'))).not.toEqual([]);
  });

  test('a budget for a server that is not there', async () => {
    const budget = (scope: string) => edited('countersign.yaml', "scope: 'team:payments'", `scope: '${scope}'`);
    expect(errors(await build(await budget('tool:issue-traker/add_comment'))).join()).toMatch(
      /There is no tool server `issue-traker`/,
    );
    expect(errors(await build(await budget('server:memory')))).toEqual([]);
    expect(errors(await build(await budget('tool:*')))).toEqual([]);
  });
});

describe('an OpenAPI document', () => {
  test('is part of the bundle, with the methods that its operations have', async () => {
    const files = await starterFiles({ 'tools/shop.yaml': SHOP, 'tools/shop.openapi.yaml': OPENAPI });
    const result = await build(files);
    expect(errors(result)).toEqual([]);
    expect(result.ok && result.snapshot.toolServers.get('shop')?.transport).toEqual({
      kind: 'openapi',
      document: 'shop.openapi.yaml',
      text: OPENAPI,
      url: 'https://shop.example.com',
      privateAddresses: false,
    });
    expect(result.ok && result.files['tools/shop.openapi.yaml']).toBe(OPENAPI);
  });

  test.each<[string, string, string, string, RegExp]>([
    [
      'is missing',
      'document: shop.openapi.yaml',
      'document: store.openapi.yaml',
      OPENAPI,
      /error tool\.document: There is no file `tools\/store\.openapi\.yaml`/,
    ],
    [
      'has no such operation',
      'name: placeOrder',
      'name: placeOrders',
      OPENAPI,
      /error tool\.unknown-operation: The document has no operation `placeOrders`\. \(did you mean `placeOrder`\?\)/,
    ],
    [
      'says what a class must be',
      'name: placeOrder, class: mutate-low',
      'name: cancelOrder, class: mutate-low',
      OPENAPI,
      /error tool\.class-reason: `cancelOrder` looks like mutate-high/,
    ],
    [
      'refers out',
      '',
      '',
      OPENAPI.replace('responses: {}', 'responses: { $ref: "https://x.example/y" }'),
      /refers to `https:\/\/x\.example\/y`, which is outside it/,
    ],
    ['is Swagger', '', '', 'swagger: "2.0"\npaths: {}\n', /is not OpenAPI 3/],
    ['is broken', '', '', 'openapi: [', /cannot be read/],
    [
      'grows',
      '',
      '',
      `openapi: 3.0.0\npaths: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c]\n`,
      /cannot be read|has no paths/,
    ],
  ])('that %s is refused', async (_, from, to, document, expected) => {
    expect((await shop(from, to, document)).join('\n')).toMatch(expected);
  });

  test('that no server uses is refused, like any file without a meaning', async () => {
    const found = errors(await build(await starterFiles({ 'tools/shop.openapi.json': '{}', 'tools/readme.txt': 'x' })));
    expect(found).toEqual([
      'tools/readme.txt:1:1 error file.unknown: `tools/readme.txt` has no meaning in a governance directory. (known are countersign.yaml, clients.yaml, agents/*.yaml, models/*.yaml, repositories/*.yaml, tools/*.yaml, tools/*.openapi.yaml, commands.yaml, egress.yaml, profiles/*.yaml, policies/*.cedar, policies/tests/*.yaml, catalogue.json)',
      'tools/shop.openapi.json:1:1 error tool.document-unused: No tool server uses this document.',
    ]);
  });
});

test('a plan says which operation changes, and whether it lets more through', async () => {
  const before = await build(await starterFiles());
  const change = async (path: string, from: string, to: string) => {
    const after = await build(await edited(path, from, to));
    if (!before.ok || !after.ok) throw new Error(errors(after).join('\n'));
    return diffSnapshots(before.snapshot, after.snapshot).map(({ group, id, change: kind, widens }) => [group, id, kind, widens]);
  };
  expect(await change(TRACKER, 'ratePerMinute: 10', 'ratePerMinute: 20')).toEqual([
    ['tool', 'issue-tracker/add_comment', 'changed', true],
  ]);
  expect(await change(TRACKER, 'ratePerMinute: 10', 'ratePerMinute: 5')).toEqual([
    ['tool', 'issue-tracker/add_comment', 'changed', false],
  ]);
  expect(await change(TRACKER, 'redact: [/reporter/email]', 'redact: []')).toEqual([
    ['tool', 'issue-tracker/get_issue', 'changed', true],
  ]);
  expect(await change(TRACKER, 'issues.example.com/api/v2', 'issues.example.com/api/v3')).toEqual([
    ['tool', 'issue-tracker', 'changed', true],
  ]);
  expect(await change('tools/memory.yaml', 'title: Memory of agents', 'title: Memory')).toEqual([
    ['tool', 'memory', 'changed', false],
  ]);
  expect(
    await change('tools/memory.yaml', 'useCases: [code-maintenance, documentation, operations]', 'useCases: [code-maintenance]'),
  ).toEqual([['tool', 'memory', 'changed', false]]);
});
