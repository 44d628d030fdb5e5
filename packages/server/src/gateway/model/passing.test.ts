import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Amounts } from '../../ports/road-store.ts';
import { modelRecord, Stage, type StageOptions } from './testing/stage.ts';
import { inlineScanner } from '../wire/testing/inline-scanner.ts';
import { denial, KEY } from '../wire/testing/test-road.ts';

let stage: Stage | undefined;

async function open(options: StageOptions = {}): Promise<Stage> {
  stage = await Stage.open(options);
  return stage;
}

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

function post(stage: Stage, path: string, body: string, headers: readonly string[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = ['Host', 'door', 'Authorization', `Bearer ${KEY}`, 'Content-Type', 'application/json', ...headers];
    const req = httpRequest(
      {
        host: '127.0.0.1',
        port: stage.port,
        path,
        method: 'POST',
        agent: false,
        headers: [...all, 'Content-Length', String(Buffer.byteLength(body))],
      },
      (res) => {
        let text = '';
        res.on('data', (chunk: Buffer) => (text += chunk.toString()));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

/** As no serialiser would write it. */
const ODD =
  '{ "model" : "gpt-5.5",\n\t"input":"gr\\u00fc\\u00DF \\/ 🚀", "temperature": 1.0, "seed":12345678901234567890, "unknown":{"a":[1e2 , -0]}}';

describe('bytes pass untouched where nothing is edited', () => {
  it('body, path and query', async () => {
    const stage = await open();
    await post(stage, '/v1/responses?beta=true', ODD);
    const [seen] = stage.upstream.seen;
    expect([seen?.bytes.toString(), seen?.url]).toEqual([ODD, '/v1/responses?beta=true']);
  });

  it('headers, but for hop-by-hop ones, credentials, accounts and ours', async () => {
    const stage = await open();
    await post(stage, '/v1/responses', ODD, [
      ...['X-Codex-Turn-Metadata', '{"a":1}', 'session-id', 's1', 'X-Twice', '1', 'X-Twice', '2', 'Accept-Encoding', 'br, zstd'],
      ...[
        'Connection',
        'keep-alive, X-Hop',
        'X-Hop',
        'no',
        'Cookie',
        'c=1',
        'OpenAI-Project',
        'proj_1',
        'X-Countersign-Use-Case',
        'coding',
      ],
      ...['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`],
    ]);
    const [seen] = stage.upstream.seen;
    const pairs: [string, string][] = [];
    for (let i = 0; i < (seen?.rawHeaders.length ?? 0); i += 2)
      pairs.push([seen?.rawHeaders[i] ?? '', seen?.rawHeaders[i + 1] ?? '']);
    expect(pairs.filter(([name]) => !['host', 'connection', 'content-length'].includes(name.toLowerCase()))).toEqual([
      ['Content-Type', 'application/json'],
      ['X-Codex-Turn-Metadata', '{"a":1}'],
      ['session-id', 's1'],
      ['X-Twice', '1'],
      ['X-Twice', '2'],
      ['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`],
      ['accept-encoding', 'identity'],
      ['authorization', 'Bearer provider-secret-key'],
    ]);
    expect(stage.road.asks[0]?.trace).toBe('ab'.repeat(16));
  });

  it('the other vendor gets its own form of our credential', async () => {
    const stage = await open();
    await post(stage, '/v1/messages', '{"model":"claude-sonnet-5","max_tokens":5,"messages":[]}', ['x-api-key', KEY]);
    const headers = stage.upstream.seen[0]?.headers;
    expect([headers?.['x-api-key'], headers?.authorization, headers?.['anthropic-version']]).toEqual([
      'provider-secret-key',
      undefined,
      '2023-06-01',
    ]);
  });

  it('answers keep their headers, but for the account, the limits and cookies of the provider', async () => {
    const given = {
      'x-request-id': 'req_theirs',
      'openai-organization': 'org-1',
      'x-ratelimit-remaining-requests': '9',
      'set-cookie': 'a=b',
      'openai-processing-ms': '7',
      'x-codex-plan': 'p',
    };
    const stage = await open({ script: () => ({ headers: given }) });
    for (const stream of ['', ',"stream":true']) {
      const { headers } = await post(stage, '/v1/responses', `{"model":"gpt-5.5","input":"hi"${stream}}`);
      expect([headers['openai-processing-ms'], headers['x-codex-plan']]).toEqual(['7', 'p']);
      for (const name of ['openai-organization', 'x-ratelimit-remaining-requests', 'set-cookie'])
        expect(headers[name]).toBeUndefined();
      expect(headers['x-request-id']).toBe(headers['x-countersign-decision']);
    }
  });
});

describe('edits change what they must and nothing else', () => {
  const sent = async (stage: Stage, path: string, body: string, grant?: Amounts): Promise<string | undefined> => {
    stage.road.answer = () => (grant === undefined ? {} : { grant });
    await post(stage, path, body);
    return stage.upstream.seen.at(-1)?.bytes.toString();
  };

  it('an alias becomes the provider’s name', async () => {
    const stage = await open({ models: [modelRecord({ id: 'fast', upstreamModel: 'gpt-5.5-2026-01-01' })] });
    expect(await sent(stage, '/v1/responses', '{"input":"hi", "model" : "fast" }')).toBe(
      '{"input":"hi", "model" : "gpt-5.5-2026-01-01" }',
    );
  });

  it('a stream of Chat asks for usage', async () => {
    const stage = await open();
    expect(
      await sent(stage, '/v1/chat/completions', '{"model":"gpt-5.5","messages":[],"stream":true,"stream_options":{"x":1}}'),
    ).toBe('{"model":"gpt-5.5","messages":[],"stream":true,"stream_options":{"x":1,"include_usage":true}}');
  });

  // Prices of the model: input 1, output 4 micro-USD a token.
  const limits: readonly [string, string, string, Amounts | undefined, string | undefined][] = [
    ['a limit that the grant pays stays', '/v1/responses', '{"model":"gpt-5.5","max_output_tokens":1000}', undefined, undefined],
    [
      'a limit above the grant is lowered to it',
      '/v1/responses',
      '{"model":"gpt-5.5","max_output_tokens":1000}',
      { microUsd: 2_013 },
      '{"model":"gpt-5.5","max_output_tokens":500}',
    ],
    [
      'a missing limit is set where the grant needs it',
      '/v1/responses',
      '{"model":"gpt-5.5"}',
      { microUsd: 2_006 },
      '{"max_output_tokens":500,"model":"gpt-5.5"}',
    ],
    [
      'tokens bind as money does',
      '/v1/responses',
      '{"model":"gpt-5.5","max_output_tokens":1000}',
      { tokens: 313 },
      '{"model":"gpt-5.5","max_output_tokens":300}',
    ],
    [
      'Chat: both limits',
      '/v1/chat/completions',
      '{"model":"gpt-5.5","max_tokens":900,"max_completion_tokens":1000}',
      { tokens: 319 },
      '{"model":"gpt-5.5","max_tokens":300,"max_completion_tokens":300}',
    ],
    [
      'Chat: each choice has its share',
      '/v1/chat/completions',
      '{"model":"gpt-5.5","n":2,"max_tokens":900}',
      { tokens: 313 },
      '{"model":"gpt-5.5","n":2,"max_tokens":150}',
    ],
    [
      'Chat: a missing limit',
      '/v1/chat/completions',
      '{"model":"gpt-5.5"}',
      { tokens: 306 },
      '{"max_completion_tokens":300,"model":"gpt-5.5"}',
    ],
    [
      'Messages',
      '/v1/messages',
      '{"model":"gpt-5.5","max_tokens":1000}',
      { tokens: 311 },
      '{"model":"gpt-5.5","max_tokens":300}',
    ],
    [
      'a limit above the model’s own',
      '/v1/responses',
      '{"model":"gpt-5.5","max_output_tokens":99999}',
      undefined,
      '{"model":"gpt-5.5","max_output_tokens":8000}',
    ],
  ];
  for (const [what, path, body, grant, expected] of limits)
    it(what, async () => expect(await sent(await open(), path, body, grant)).toBe(expected ?? body));

  it('the entry’s own cap holds without a limit in the body', async () => {
    const stage = await open({ models: [modelRecord({ id: 'gpt-5.5', maxOutputTokens: 200 })] });
    expect(await sent(stage, '/v1/responses', '{"model":"gpt-5.5"}')).toBe('{"max_output_tokens":200,"model":"gpt-5.5"}');
  });
});

describe('what is asked of the road', () => {
  it('exactly the members of the schema, the reservation, and what an approver sees', async () => {
    const stage = await open();
    const body = JSON.stringify({
      model: 'gpt-5.5',
      input: 'hi',
      stream: true,
      max_output_tokens: 1_000,
      tools: [{ type: 'function', name: 'f' }],
    });
    await post(stage, '/v1/responses', body, ['x-countersign-data-class', 'restricted', 'x-countersign-use-case', 'review']);
    const [ask] = stage.road.asks;
    const inputTokens = Math.ceil((body.length * 1.15) / 4);
    expect(ask).toMatchObject({
      action: 'model.call',
      resource: { type: 'Countersign::Model', id: 'gpt-5.5' },
      door: 'model',
      declaredClass: 'restricted',
      model: 'gpt-5.5',
      useCase: 'review',
      holdMs: 2_000,
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      reserve: {
        min: { microUsd: inputTokens + 4 * 256, tokens: inputTokens + 256, requests: 1, concurrency: 1 },
        want: { microUsd: inputTokens + 4_000, tokens: inputTokens + 1_000, requests: 1, concurrency: 1 },
      },
    });
    expect(ask?.args).toEqual({
      declaredRank: 3,
      useCase: 'review',
      stream: true,
      needs: ['streaming', 'tools'],
      hosted: [],
      opaque: [],
      customerData: false,
      estimateMicroUsd: inputTokens + 4 * 256,
      inputTokens,
      outputTokens: 1_000,
      findings: [],
      scanner: inlineScanner.digest,
    });
    expect(JSON.stringify(ask?.shown)).not.toContain('"hi"');
  });

  it('what is not declared counts as the agent’s own class and use case', async () => {
    const stage = await open();
    await post(stage, '/v1/responses', '{"model":"gpt-5.5"}');
    expect(stage.road.asks[0]?.args).toMatchObject({ declaredRank: 2, useCase: 'coding' });
  });

  const keeping: readonly [string, 'full' | 'digest', readonly string[], boolean][] = [
    ['the entry says so', 'full', [], true],
    ['a duty says so', 'digest', ['log-full'], true],
    ['neither', 'digest', [], false],
    ['a duty to keep none is stronger', 'full', ['log-full', 'log-digest'], false],
  ];
  for (const [what, logs, obligations, kept] of keeping)
    it(`texts: ${what}: ${kept ? 'kept' : 'not kept'}`, async () => {
      const stage = await open({ models: [modelRecord({ id: 'gpt-5.5', logs })] });
      stage.road.answer = () => ({ obligations });
      for (const body of ['{"model":"gpt-5.5"}', '{"model":"gpt-5.5","stream":true}']) {
        const { text } = await post(stage, '/v1/responses', body);
        const outcome = (await stage.road.settled(1)).at(-1);
        expect(outcome?.ask.payloads).toBeUndefined();
        expect(outcome?.act.payloads?.map((one) => [one.kind, Buffer.from(one.bytes).toString()])).toEqual(
          kept
            ? [
                ['request', body],
                ['response', text],
              ]
            : undefined,
        );
        stage.road.outcomes.length = 0;
      }
    });
});

describe('another model answers where the first one cannot', () => {
  const models = [
    modelRecord({ id: 'first', fallbacks: ['second', 'third'] }),
    modelRecord({ id: 'second' }),
    modelRecord({ id: 'third' }),
  ];
  const script: StageOptions['script'] = (seen) => (seen.json?.['model'] === 'third' ? {} : { mode: 'status', status: 503 });

  it('each one under its own decision', async () => {
    const stage = await open({ models, script });
    const { status, text } = await post(stage, '/v1/responses', '{"model":"first"}');
    expect([status, JSON.parse(text).model]).toEqual([200, 'third']);
    expect((await stage.road.settled(3)).map((one) => [one.ask.resource.id, one.act.status])).toEqual([
      ['first', 'failed'],
      ['second', 'failed'],
      ['third', 'done'],
    ]);
  });

  it('one that is denied ends the chain with the first model’s trouble', async () => {
    const stage = await open({ models, script });
    stage.road.answer = (ask) =>
      ask.model === 'second' ? { deny: denial('policy.denied') } : { grant: ask.reserve?.want ?? {} };
    const { status, text } = await post(stage, '/v1/responses', '{"model":"first"}');
    expect([status, JSON.parse(text).error.code]).toEqual([503, 'upstream.unavailable']);
  });

  it('a refused body is refused by all, so nobody else is asked', async () => {
    const stage = await open({ models, script: () => ({ mode: 'status', status: 400 }) });
    expect((await post(stage, '/v1/responses', '{"model":"first"}')).status).toBe(400);
    expect(stage.road.asks.length).toBe(1);
  });

  it('while the breaker of the first one is open, it is not even asked for', async () => {
    const stage = await open({ models, script, breaker: { failures: 1, windowMs: 60_000, openMs: 60_000 } });
    await post(stage, '/v1/responses', '{"model":"first"}');
    stage.road.asks.length = 0;
    expect((await post(stage, '/v1/responses', '{"model":"first"}')).status).toBe(200);
    expect(stage.road.asks.map((ask) => ask.model)).toEqual(['third']);
  });

  it('alone with an open breaker: released, and told to wait', async () => {
    const stage = await open({
      models: [modelRecord({ id: 'first' })],
      script,
      breaker: { failures: 1, windowMs: 60_000, openMs: 60_000 },
    });
    await post(stage, '/v1/responses', '{"model":"first"}');
    const before = stage.upstream.seen.length;
    expect((await post(stage, '/v1/responses', '{"model":"first"}')).status).toBe(503);
    expect((await stage.road.settled(2))[1]?.act).toMatchObject({ status: 'released', charge: 'none' });
    expect(stage.upstream.seen.length).toBe(before);
  });
});
