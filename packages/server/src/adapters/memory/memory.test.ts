import { describe, expect, test, vi } from 'vitest';
import type { Grant } from '../../ports/grant.ts';
import { MEMORY_RULES } from '../../ports/memory.ts';
import type { DataClass, MemoryScope } from '../../ports/registry.ts';
import type { ToolCaller, ToolReply } from '../../ports/tool.ts';
import { type Inspect, type MemoryServer, openMemoryServer, type MemoryServerDeps } from './index.ts';
import { CALLER, grantFor, inspect, NOW, SERVER, type Stage, stage, textOf } from './testing/stage.ts';

const DAY_MS = 86_400_000;

interface Answer {
  readonly id: string;
  readonly class: DataClass;
  readonly expiresAt: string;
  readonly hits: readonly { readonly id: string; readonly text: string }[];
  readonly more: boolean;
  readonly forgotten: number;
}

function answerOf(reply: ToolReply): Answer {
  if (reply.kind !== 'result' || reply.result['isError'] === true) throw new Error(textOf(reply));
  expect(JSON.parse(textOf(reply))).toEqual(reply.result['structuredContent']);
  return reply.result['structuredContent'] as unknown as Answer;
}

async function refusalOf(promise: Promise<ToolReply>): Promise<string> {
  const reply = await promise;
  expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
  return textOf(reply);
}

const put = async (on: Stage, text: string, scope: MemoryScope, caller: ToolCaller = CALLER): Promise<Answer> =>
  answerOf(await on.call('put', { text, scope }, { caller }));

const found = async (on: Stage, query: string, caller: ToolCaller = CALLER): Promise<readonly string[]> =>
  answerOf(await on.call('search', { query }, { caller })).hits.map(({ text }) => text);

describe('what is remembered', () => {
  test('comes back with who wrote it, its class, its age and its decision', async () => {
    const on = stage();
    const { id, ...rest } = answerOf(
      await on.call('put', { text: 'The build needs Node 20', scope: 'repository', tags: ['build'], expiresInDays: 3 }),
    );
    const expiresAt = new Date(NOW + 3 * DAY_MS).toISOString();
    expect(rest).toEqual({ scope: 'repository', class: 'internal', expiresAt });
    on.now += 90_000;
    const reply = await on.call('search', { query: 'node' });
    expect(answerOf(reply)).toEqual({
      hits: [
        {
          id,
          text: 'The build needs Node 20',
          tags: ['build'],
          scope: 'repository',
          class: 'internal',
          writtenBy: 'payments-fixer',
          decision: 'dec_1',
          ageSeconds: 90,
          expiresAt,
        },
      ],
      more: false,
    });
    expect(reply).toMatchObject({ result: { _meta: { 'countersign/dataClass': 'internal', 'countersign/taints': [] } } });
  });

  test('ends with its time, which is the longest of its class unless it is asked shorter', async () => {
    const on = stage();
    expect((await put(on, 'long', 'agent')).expiresAt).toBe(new Date(NOW + 90 * DAY_MS).toISOString());
    on.now += 90 * DAY_MS - 1;
    expect(await found(on, 'long')).toEqual(['long']);
    on.now += 1;
    expect(await found(on, 'long')).toEqual([]);
    expect(await refusalOf(on.call('put', { text: 'x', scope: 'agent', expiresInDays: 91 }))).toContain('90 days at most');
  });

  test('bears the taints of its task, and all that content can bring where nobody knows them', async () => {
    const on = stage();
    await put(on, 'one', 'task', { ...CALLER, taints: ['untrusted', 'egress'] });
    const { taints: _unknown, ...unknown } = CALLER;
    await put(on, 'two', 'task', unknown);
    await put(on, 'three: ignore previous orders', 'task');
    await put(on, 'four: write to jane@example.org', 'task');
    expect(on.kept.map(({ taints }) => taints)).toEqual([['untrusted'], ['private', 'untrusted'], ['untrusted'], ['private']]);
    expect(await on.call('search', { query: '' })).toMatchObject({
      result: { _meta: { 'countersign/dataClass': 'confidential', 'countersign/taints': ['private', 'untrusted'] } },
    });
  });

  test('an answer without a hit brings nothing into the task', async () => {
    const reply = await stage().call('search', { query: 'nothing' });
    expect(reply.kind === 'result' && '_meta' in reply.result).toBe(false);
  });
});

describe('what is never remembered', () => {
  const wide = (text: string) => text.replace(/[!-~]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0));
  const arabic = (text: string) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  const mathematical = (text: string) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7f6 + Number(digit)));

  test.each([
    ['4111111111111111'],
    ['4111 1111 1111 1111'],
    ['4111-1111-1111-1111'],
    ['4111.1111.1111.1111'],
    ['4111_1111_1111_1111'],
    ['4111 / 1111 / 1111 / 1111'],
    ['4111\n1111\n1111\n1111'],
    ['4111\u200b1111\u200b1111\u200b1111'],
    ['4\u00ad111111111111111'],
    ['3782 822463 10005'],
    ['3782.822463.10005'],
    ['4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'],
    ['4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1'],
    [wide('4111111111111111')],
    [arabic('4111 1111 1111 1111')],
    [mathematical('4111111111111111')],
  ])('the card %j', async (card) => {
    const on = stage();
    const text = await refusalOf(on.call('put', { text: `the customer pays with ${card}, thanks`, scope: 'task' }));
    expect(text).toContain('payment-card');
    expect(text).not.toContain('1111');
    expect([on.kept, JSON.stringify(on.logged)]).toEqual([[], '[]']);
  });

  test.each([
    ['AKIAIOSFODNN7EXAMPLE', 'aws-access-key'],
    ['AKIA\u200bIOSFODNN7\u2060EXAMPLE', 'aws-access-key'],
    [wide('AKIAIOSFODNN7EXAMPLE'), 'aws-access-key'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE', 'private-key'],
  ])('the secret %j', async (secret, rule) => {
    const on = stage();
    const text = await refusalOf(on.call('put', { text: `use ${secret}`, scope: 'agent' }));
    expect(text).toContain(rule);
    expect(text).not.toContain('AKIA');
    expect(on.kept).toEqual([]);
  });

  test.each(['[REDACTED:aws-access-key:3f2a]', '[redacted:AWS-access-key:3f2a', '[REDACTED:!]'])(
    'what was taken out of %j on the way',
    async (gap) => {
      const on = stage();
      expect(await refusalOf(on.call('put', { text: `use ${gap}`, scope: 'agent' }))).toMatch(/\((?:aws-access-key|unnamed)\)/);
      expect(on.kept).toEqual([]);
    },
  );

  test('a secret whose rule raises too little, and a rule name that is a text of its own', async () => {
    const on = stage({ inspect: () => ({ findings: [{ rule: 'the key is hunter2', kind: 'secret', raises: 'none' }] }) });
    const text = await refusalOf(on.call('put', { text: 'hunter2', scope: 'agent' }));
    expect(text).toContain('(unnamed)');
    expect(text).not.toContain('hunter2');
  });

  test('a text that the scanner cannot judge', async () => {
    const on = stage({ inspect: () => Promise.reject(new Error('AKIA... took too long')) });
    expect(await refusalOf(on.call('put', { text: 'hello', scope: 'agent' }))).toContain('could not be checked');
    expect([on.kept, on.logged]).toEqual([[], []]);
  });

  test('what is restricted by declaration, even where a rule would allow it', async () => {
    const on = stage();
    on.rules = { ...MEMORY_RULES, restricted: { ...MEMORY_RULES.public } };
    const caller = { ...CALLER, dataClass: 'restricted', clearance: 'restricted' } as const;
    expect(
      await refusalOf(
        on.call('put', { text: 'x', scope: 'task' }, { caller, server: { ...SERVER, maxDataClass: 'restricted' } }),
      ),
    ).toContain('restricted');
  });

  test.each([
    ['without a scanner', undefined],
    ['does not see a payment card', () => ({ findings: [] })],
    ['does not see a payment card', () => ({ findings: [{ rule: 'email', kind: 'personal', raises: 'confidential' }] })],
    ['does not see a secret', (text: string) => (text.includes('card') ? inspect(text) : { findings: [] })],
    ['that fails', () => Promise.reject(new Error('away'))],
  ])('the server does not start: %s', async (how, scanner) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const deps = { org: 'acme', inspect: scanner } as unknown as MemoryServerDeps;
    const opening = expect(openMemoryServer(deps)).rejects.toMatchObject({
      code: 'config.invalid',
      publicText: expect.stringContaining(how),
    });
    await vi.runAllTimersAsync();
    await opening;
    vi.useRealTimers();
  });

  test('the server starts with a scanner whose workers are late', async () => {
    let late = 2;
    const scanner: Inspect = (text) => (late-- > 0 ? Promise.reject(new Error('deadline')) : inspect(text));
    const deps = { org: 'acme', inspect: scanner } as unknown as MemoryServerDeps;
    expect(await openMemoryServer(deps)).toHaveProperty('call');
  });
});

describe('classes', () => {
  test('what is found raises a text, and with it shortens its life and its reach', async () => {
    const on = stage();
    const answer = await put(on, 'ask jane@example.org', 'agent');
    expect([answer.class, answer.expiresAt]).toEqual(['confidential', new Date(NOW + 7 * DAY_MS).toISOString()]);
    expect(await refusalOf(on.call('put', { text: 'ask jane@example.org', scope: 'team' }))).toContain('from task to agent only');
    expect(await refusalOf(on.call('put', { text: 'ask jane@example.org', scope: 'agent', expiresInDays: 8 }))).toContain(
      '7 days',
    );
  });

  test('the class of the task is the least that a text has', async () => {
    const on = stage();
    expect((await put(on, 'x', 'task', { ...CALLER, dataClass: 'confidential' })).class).toBe('confidential');
    expect((await put(on, 'x', 'team', { ...CALLER, dataClass: 'public' })).class).toBe('public');
  });

  test('nothing above what may be sent to the server', async () => {
    const server = { ...SERVER, maxDataClass: 'internal' } as const;
    expect(await refusalOf(stage().call('put', { text: 'jane@example.org', scope: 'task' }, { server }))).toContain(
      'above internal',
    );
  });

  test('an agent reads up to its own class', async () => {
    const on = stage();
    await put(on, 'public thing', 'team', { ...CALLER, dataClass: 'public' });
    await put(on, 'internal thing', 'team');
    await put(on, 'confidential thing', 'agent', { ...CALLER, dataClass: 'confidential' });
    expect(await found(on, 'thing', { ...CALLER, clearance: 'public' })).toEqual(['public thing']);
    expect(await found(on, 'thing', { ...CALLER, clearance: 'internal' })).toEqual(['internal thing', 'public thing']);
    expect((await found(on, 'thing')).length).toBe(3);
  });

  test('what is confidential stays with the person that it was written for', async () => {
    const on = stage();
    await put(on, 'jane@example.org prefers mail', 'agent');
    await put(on, 'prefers tabs', 'agent');
    expect(await found(on, 'prefers', { ...CALLER, onBehalfOf: 'usr_bob' })).toEqual(['prefers tabs']);
  });

  test('stricter rules hold for what was written before them', async () => {
    const on = stage();
    await put(on, 'for all', 'organisation');
    await put(on, 'for the team', 'team');
    on.rules = { ...MEMORY_RULES, internal: { allowed: true, days: 2, finest: 'task', coarsest: 'team' } };
    expect(await found(on, '')).toEqual(['for the team']);
    on.now += 2 * DAY_MS;
    expect(await found(on, '')).toEqual([]);
    on.now = NOW;
    on.rules = { ...MEMORY_RULES, internal: { ...MEMORY_RULES.internal, allowed: false } };
    expect(await found(on, '')).toEqual([]);
    expect(await refusalOf(on.call('put', { text: 'x', scope: 'task' }))).toContain('Nothing that is internal');
  });
});

describe('scopes', () => {
  const others: readonly (readonly [MemoryScope, Partial<ToolCaller>, boolean])[] = [
    ['task', { task: 'tsk_2' }, false],
    ['task', { task: null }, false],
    ['agent', { task: 'tsk_2' }, true],
    ['agent', { agent: 'docs-writer' }, false],
    ['team', { agent: 'other', task: null, repository: null }, true],
    ['team', { team: 'docs' }, false],
    ['repository', { team: 'docs', agent: 'docs-writer', task: 'tsk_2' }, true],
    ['repository', { repository: 'other' }, false],
    ['repository', { repository: null }, false],
    ['organisation', { team: 'docs', agent: 'docs-writer', task: null, repository: null }, true],
  ];
  test.each(others)('what was written for a %s and is read by %j', async (scope, other, reads) => {
    const on = stage();
    await put(on, 'here', scope);
    expect((await found(on, 'here', { ...CALLER, ...other })).length).toBe(reads ? 1 : 0);
  });

  test.each([
    ['task', { task: null }],
    ['repository', { repository: null }],
    ['team', { team: '' }],
  ] as const)('without a %s there is nowhere to write and nothing to read', async (scope, other) => {
    const on = stage();
    const caller = { ...CALLER, ...other };
    for (const [tool, args] of [
      ['put', { text: 'x', scope }],
      ['search', { query: '', scope }],
      ['forget', { scope }],
    ] as const)
      expect(await refusalOf(on.call(tool, args, { caller }))).toContain(`no ${scope} here`);
  });

  test('a name that two scopes share is two places', async () => {
    const on = stage();
    const caller = { ...CALLER, agent: 'same', team: 'same', task: 'same', repository: 'same' };
    await put(on, 'for the task', 'task', caller);
    expect(await found(on, '', { ...caller, task: 'else' })).toEqual([]);
  });
});

describe('forgetting', () => {
  test('by id, once, and only what the agent wrote itself', async () => {
    const on = stage();
    const { id } = await put(on, 'x', 'team');
    const stranger = { ...CALLER, agent: 'other' };
    expect(answerOf(await on.call('forget', { id }, { caller: stranger })).forgotten).toBe(0);
    expect(answerOf(await on.call('forget', { id })).forgotten).toBe(1);
    expect(answerOf(await on.call('forget', { id })).forgotten).toBe(0);
  });

  test('everything in a scope that is its own', async () => {
    const on = stage();
    await put(on, 'a', 'team');
    await put(on, 'b', 'team');
    await put(on, 'c', 'team', { ...CALLER, agent: 'other' });
    await put(on, 'd', 'agent');
    expect(answerOf(await on.call('forget', { scope: 'team' })).forgotten).toBe(2);
    expect(on.kept.map(({ text }) => text)).toEqual(['c', 'd']);
  });
});

describe('limits', () => {
  test('a full place takes nothing more until something is forgotten or ends', async () => {
    const on = stage();
    for (let i = 0; i < 200; i++) await put(on, `m${i}`, 'agent');
    expect(await refusalOf(on.call('put', { text: 'one more', scope: 'agent' }))).toContain('Nothing more fits');
    await put(on, 'elsewhere', 'task');
    on.now += 90 * DAY_MS;
    await put(on, 'one more', 'agent');
  });

  test('an answer holds what fits, and says that there is more', async () => {
    const on = stage();
    for (let i = 0; i < 20; i++) await put(on, `word ${'x'.repeat(8_000)}`, 'agent');
    const { hits, more } = answerOf(await on.call('search', { query: 'word', limit: 50 }));
    expect([hits.length, more]).toEqual([6, true]);
    const small = await on.call('search', { query: 'word' }, { server: { ...SERVER, resultBytesMax: 1_000 } });
    expect(answerOf(small).hits.length).toBe(1);
    expect(await on.call('search', { query: 'word' }, { resultBytesMax: 1_000 })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'too-large' },
    });
  });

  test.each([
    ['put', {}],
    ['put', { text: '', scope: 'task' }],
    ['put', { text: ' \n', scope: 'task' }],
    ['put', { text: 'x'.repeat(8_193), scope: 'task' }],
    ['put', { text: 'ä'.repeat(4_097), scope: 'task' }],
    ['put', { text: 'lone \ud800 surrogate', scope: 'task' }],
    ['put', { text: 'x', scope: 'planet' }],
    ['put', { text: 'x', scope: ['task'] }],
    ['put', { text: 'x', scope: 'task', expiresInDays: 0 }],
    ['put', { text: 'x', scope: 'task', expiresInDays: 1.5 }],
    ['put', { text: 'x', scope: 'task', expiresInDays: '1' }],
    ['put', { text: 'x', scope: 'task', tags: ['Not a tag'] }],
    ['put', { text: 'x', scope: 'task', tags: 'tag' }],
    ['put', { text: 'x', scope: 'task', tags: Array.from({ length: 9 }, (_, i) => `t${i}`) }],
    ['put', { text: 'x', scope: 'task', class: 'public' }],
    ['search', {}],
    ['search', { query: 'x'.repeat(201) }],
    ['search', { query: 'x', limit: 0 }],
    ['search', { query: 'x', limit: 51 }],
    ['search', { query: 'x', scope: '*' }],
    ['forget', {}],
    ['forget', { id: 'mem_1' }],
    ['forget', { id: `mem_${'0'.repeat(32)}`, scope: 'task' }],
  ])('%s refuses %j', async (tool, args) => {
    const on = stage();
    await refusalOf(on.call(tool, args));
    expect([on.kept, on.logged]).toEqual([[], []]);
  });
});

describe('who may call', () => {
  const request = {
    server: SERVER,
    action: 'tool.draft',
    method: 'tools/call',
    params: { name: 'put' },
    signal: AbortSignal.timeout(1e6),
  };
  const attempt = async (grant: unknown, over: object = {}) =>
    (await stage().server).call(grant as Grant, { ...request, ...over } as unknown as Parameters<MemoryServer['call']>[1]);

  test('nobody without a grant for this action, this tool, this organisation and this moment', async () => {
    await expect(attempt({})).rejects.toThrow('no grant');
    await expect(attempt(grantFor('put'), { action: 'tool.read' })).rejects.toThrow('not tool.read');
    await expect(attempt(grantFor('search'))).rejects.toThrow('not memory/put');
    await expect(attempt(grantFor('put', { org: 'other' }))).rejects.toThrow('another organisation');
    await expect(attempt(grantFor('put', { expiresAt: NOW - 1 }))).rejects.toThrow('expired');
  });

  test('nobody of whom it is not known who they are', async () => {
    expect(await refusalOf(attempt(grantFor('put')))).toContain('not known who calls');
    expect(await refusalOf(attempt(grantFor('put'), { caller: { ...CALLER, agent: 'other' } }))).toContain('not known who calls');
  });

  test('no other method, no other tool, and nothing for somebody who left', async () => {
    expect(await attempt(grantFor('put'), { method: 'resources/read' })).toMatchObject({ kind: 'error', code: -32601 });
    expect(await attempt(grantFor('put'), { params: { name: 'constructor' } })).toMatchObject({ kind: 'error', code: -32602 });
    expect(await attempt(grantFor('put'), { caller: CALLER, signal: AbortSignal.abort() })).toMatchObject({
      failure: { kind: 'aborted', sent: false },
    });
  });

  test('a store that fails is told as what it is, and a legal hold as a sentence', async () => {
    const { Fault } = await import('@countersign/kernel/fault');
    const on = stage({
      store: {
        put: () => Promise.reject(new Fault('store.unavailable', 'The store is away.', { internal: 'ECONNREFUSED' })),
        written: () => Promise.reject(new Fault('request.conflict', 'A legal hold keeps this.')),
      },
    });
    expect(await on.call('put', { text: 'x', scope: 'task' })).toEqual({
      kind: 'failed',
      failure: { kind: 'reset', sent: true, internal: 'store.unavailable: ECONNREFUSED' },
    });
    expect(await refusalOf(on.call('forget', { scope: 'task' }))).toBe('A legal hold keeps this.');
  });
});

test('the offer is three tools with schemas, and for servers of this kind only', async () => {
  const server = await stage().server;
  const { tools, era, dropped } = await server.offer(SERVER);
  expect([era, dropped, tools.map(({ name }) => name)]).toEqual(['none', [], ['put', 'search', 'forget']]);
  expect(tools.every(({ inputSchema, outputSchema, annotations }) => inputSchema && outputSchema && annotations)).toBe(true);
  await expect(
    server.offer({ ...SERVER, transport: { kind: 'operations', url: 'https://a.example', privateAddresses: false } }),
  ).rejects.toMatchObject({ code: 'tool.unavailable' });
});
