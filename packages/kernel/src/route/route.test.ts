import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../json.ts';
import {
  type BodyFacts,
  type BodyFormat,
  isBoundToProvider,
  isFactsProblem,
  listed,
  mismatch,
  missing,
  readFacts,
} from './index.ts';

const read = (format: BodyFormat, body: JsonRecord): BodyFacts => {
  const facts = readFacts(format, body);
  if (isFactsProblem(facts)) throw new Error(facts.problem);
  return facts;
};
const problem = (format: BodyFormat, body: JsonRecord): string | undefined => {
  const facts = readFacts(format, body);
  return isFactsProblem(facts) ? facts.problem : undefined;
};

const PLAIN: BodyFacts = {
  model: 'm',
  stream: false,
  needs: [],
  hosted: [],
  opaque: [],
  elsewhere: [],
  tiers: [],
  limits: {},
  choices: 1,
  thinking: 0,
  cacheWrite: 'none',
  images: 0,
  imageCharacters: 0,
  usageInStream: false,
  reasoningOff: false,
};
const MESSAGES_PLAIN: BodyFacts = { ...PLAIN, reasoningOff: true };

const part = (content: JsonRecord): JsonRecord => ({ input: [{ type: 'message', role: 'user', content: [content] }] });
const said = (content: JsonRecord): JsonRecord => ({ messages: [{ role: 'user', content: [content] }] });
const DATA = 'data:image/png;base64,AAAA';

const RESPONSES: readonly [string, JsonRecord, Partial<BodyFacts>][] = [
  ['nothing special', { input: 'hi' }, {}],
  ['streaming', { stream: true }, { stream: true, needs: ['streaming'] }],
  [
    'function tools',
    {
      tools: [
        { type: 'function', name: 'f' },
        { type: 'custom', name: 'g' },
      ],
    },
    { needs: ['tools'] },
  ],
  [
    'parallel calls',
    { tools: [{ type: 'function', name: 'f' }], parallel_tool_calls: true },
    { needs: ['parallelTools', 'tools'] },
  ],
  ['parallel calls without tools', { parallel_tool_calls: true }, {}],
  ['a hosted tool', { tools: [{ type: 'web_search_preview_2025_03_11' }] }, { needs: ['tools'], hosted: ['web_search'] }],
  ['a tool server', { tools: [{ type: 'mcp', server_url: 'https://x' }] }, { needs: ['tools'], hosted: ['mcp'] }],
  ['an unknown tool', { tools: [{ type: 'novelty' }] }, { needs: ['tools'], hosted: ['novelty'] }],
  ['a tool search of the client', { tools: [{ type: 'tool_search', execution: 'client' }] }, { needs: ['tools'] }],
  ['a tool search of the provider', { tools: [{ type: 'tool_search' }] }, { needs: ['tools'], hosted: ['tool_search'] }],
  ['a shell of the client', { tools: [{ type: 'shell', environment: { type: 'local' } }] }, { needs: ['tools'] }],
  ['a shell of the provider', { tools: [{ type: 'shell' }] }, { needs: ['tools'], hosted: ['shell'] }],
  [
    'a hosted tool inside a namespace',
    { tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'code_interpreter' }] }] },
    { needs: ['tools'], hosted: ['code_interpreter'] },
  ],
  [
    'a hosted tool inside an input item',
    { input: [{ type: 'additional_tools', tools: [{ type: 'image_generation' }] }] },
    { needs: ['tools'], hosted: ['image_generation'] },
  ],
  ['a consent to a tool server', { input: [{ type: 'mcp_approval_response', approve: true }] }, { hosted: ['mcp'] }],
  ['an earlier answer', { previous_response_id: 'r' }, { opaque: ['previous-response'] }],
  ['a conversation', { conversation: { id: 'c' } }, { opaque: ['conversation'] }],
  ['a stored prompt', { prompt: { id: 'p' } }, { opaque: ['stored-prompt'] }],
  ['work in the background', { background: true }, { opaque: ['background'] }],
  ['a reference', { input: [{ type: 'item_reference', id: 'i' }] }, { opaque: ['item-reference'] }],
  ['a reference without a type', { input: [{ id: 'i' }] }, { opaque: ['item-reference'] }],
  ['hidden reasoning', { input: [{ type: 'reasoning', encrypted_content: 'x' }] }, { opaque: ['encrypted'] }],
  ['a file by id', part({ type: 'input_file', file_id: 'f' }), { opaque: ['file'] }],
  ['a file by address', part({ type: 'input_file', file_url: 'https://x' }), { opaque: ['remote-url'] }],
  ['a picture', part({ type: 'input_image', image_url: DATA }), { needs: ['vision'], images: 1, imageCharacters: DATA.length }],
  [
    'a picture by address',
    part({ type: 'input_image', image_url: 'https://x' }),
    { needs: ['vision'], images: 1, opaque: ['remote-url'] },
  ],
  [
    'a picture in a tool result',
    { input: [{ type: 'function_call_output', output: [{ type: 'input_image', image_url: DATA }] }] },
    { needs: ['vision'], images: 1, imageCharacters: DATA.length },
  ],
  ['sound', part({ type: 'input_audio' }), { needs: ['audio'] }],
  ['reasoning', { reasoning: { effort: 'high' } }, { needs: ['reasoning'] }],
  ['no reasoning', { reasoning: { effort: 'none' } }, { reasoningOff: true }],
  ['a schema', { text: { format: { type: 'json_schema' } } }, { needs: ['jsonSchema'] }],
  ['an output limit', { max_output_tokens: 7 }, { limits: { max_output_tokens: 7 } }],
  ['another price', { service_tier: 'priority' }, { tiers: ['priority'] }],
  ['a usual price', { service_tier: 'auto' }, {}],
];

const CHAT: readonly [string, JsonRecord, Partial<BodyFacts>][] = [
  ['both output limits', { max_tokens: 5, max_completion_tokens: 9 }, { limits: { max_tokens: 5, max_completion_tokens: 9 } }],
  ['several answers', { n: 3 }, { choices: 3 }],
  [
    'usage in the stream',
    { stream: true, stream_options: { include_usage: true } },
    { stream: true, needs: ['streaming'], usageInStream: true },
  ],
  ['a web search', { web_search_options: {} }, { hosted: ['web_search'] }],
  ['old functions', { functions: [{ name: 'f' }] }, { needs: ['tools'] }],
  ['plugins', { plugins: [{ id: 'web' }] }, { hosted: ['plugins'] }],
  [
    'a picture',
    said({ type: 'image_url', image_url: { url: DATA } }),
    { needs: ['vision'], images: 1, imageCharacters: DATA.length },
  ],
  ['a file by id', said({ type: 'file', file: { file_id: 'f' } }), { opaque: ['file'] }],
  ['a film', said({ type: 'video_url', video_url: { url: 'https://x' } }), { opaque: ['remote-url'] }],
  ['other models', { models: ['x'], route: 'fallback' }, { elsewhere: ['models', 'route'] }],
  ['another place', { api_base: 'https://x', api_key: 'k' }, { elsewhere: ['api_base', 'api_key'] }],
];

const MESSAGES: readonly [string, JsonRecord, Partial<BodyFacts>][] = [
  ['a plain tool', { tools: [{ name: 'f', input_schema: {} }] }, { needs: ['tools'] }],
  ['a tool that the client runs', { tools: [{ type: 'bash_20250124', name: 'bash' }] }, { needs: ['tools'] }],
  [
    'a hosted tool',
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    { needs: ['tools'], hosted: ['web_search'] },
  ],
  ['a tool that is nothing known', { tools: [{ name: 'f' }] }, { needs: ['tools'], hosted: ['untyped'] }],
  [
    'an adviser',
    { tools: [{ type: 'advisor_20260101', name: 'a', model: 'other' }] },
    { needs: ['tools'], hosted: ['advisor'], elsewhere: ['tools[].model'] },
  ],
  ['tool servers', { mcp_servers: [{ url: 'https://x' }] }, { hosted: ['mcp'] }],
  ['a container', { container: 'c' }, { hosted: ['container'] }],
  ['other models', { fallbacks: [{ model: 'x' }] }, { elsewhere: ['fallbacks'] }],
  ['thinking', { thinking: { type: 'enabled', budget_tokens: 9 } }, { needs: ['reasoning'], thinking: 9, reasoningOff: false }],
  ['no thinking', { thinking: { type: 'disabled' } }, {}],
  ['a cache marker', said({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }), { cacheWrite: '5m' }],
  [
    'a long cache marker',
    {
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      ...said({ cache_control: { ttl: '5m' } }),
    },
    { cacheWrite: '1h' },
  ],
  [
    'a picture in a tool result',
    said({ type: 'tool_result', content: [{ type: 'image', source: { type: 'base64', data: 'AAAA' } }] }),
    { needs: ['vision'], images: 1, imageCharacters: 4 },
  ],
  ['a document by address', said({ type: 'document', source: { type: 'url', url: 'https://x' } }), { opaque: ['remote-url'] }],
  ['a document by id', said({ type: 'document', source: { type: 'file', file_id: 'f' } }), { opaque: ['file'] }],
  ['hidden thinking', said({ type: 'redacted_thinking', data: 'x' }), { opaque: ['encrypted'] }],
  ['a fast lane and a region', { speed: 'fast', inference_geo: 'us' }, { tiers: ['fast', 'geo:us'] }],
  ['a schema', { output_config: { format: { type: 'json_schema' } } }, { needs: ['jsonSchema'] }],
];

describe('what a body asks for', () => {
  for (const [what, body, facts] of RESPONSES)
    it(`Responses: ${what}`, () => expect(read('responses', { model: 'm', ...body })).toEqual({ ...PLAIN, ...facts }));
  for (const [what, body, facts] of CHAT)
    it(`Chat: ${what}`, () => expect(read('chat', { model: 'm', ...body })).toEqual({ ...PLAIN, ...facts }));
  for (const [what, body, facts] of MESSAGES)
    it(`Messages: ${what}`, () => expect(read('messages', { model: 'm', ...body })).toEqual({ ...MESSAGES_PLAIN, ...facts }));
});

describe('what cannot be judged is refused with its name', () => {
  const rows: readonly [JsonRecord, RegExp][] = [
    [{}, /`model`/],
    [{ model: 7 }, /`model`/],
    [{ model: 'm', stream: 'yes' }, /`stream`/],
    [{ model: 'm', stream: 1 }, /`stream`/],
    [{ model: 'm', max_output_tokens: 1.5 }, /`max_output_tokens`/],
    [{ model: 'm', max_output_tokens: Number.POSITIVE_INFINITY }, /`max_output_tokens`/],
    [{ model: 'm', max_output_tokens: -1 }, /`max_output_tokens`/],
    [{ model: 'm', max_output_tokens: '5' }, /`max_output_tokens`/],
    [{ model: 'm', tools: {} }, /`tools`/],
    [{ model: 'm', tools: ['web_search'] }, /tool must be an object/],
    [{ model: 'm', tools: [{ type: 5 }] }, /`type` of a tool/],
    [{ model: 'm', input: {} }, /`input`/],
    [{ model: 'm', input: [5] }, /item of `input`/],
    [{ model: 'm', service_tier: {} }, /`service_tier`/],
    [{ Model: 'm' }, /`Model` reads like `model`/],
    [{ model: 'm', maxOutputTokens: 5 }, /`maxOutputTokens` reads like `max_output_tokens`/],
    [{ model: 'm', 'max-output-tokens': 5 }, /reads like `max_output_tokens`/],
    [{ model: 'm', \u017ftream: true }, /reads like `stream`/],
    [{ model: 'm', \u212a: 1, TOOLS: [] }, /`TOOLS` reads like `tools`/],
    [{ model: 'm', tools: [{ type: 'function', Type: 'web_search' }] }, /`Type` that reads like `type`/],
  ];
  for (const [body, message] of rows) it(JSON.stringify(body), () => expect(problem('responses', body)).toMatch(message));

  it('namespaces of tools that never end', () => {
    let tool: JsonRecord = { type: 'function' };
    for (let depth = 0; depth < 12; depth += 1) tool = { type: 'namespace', tools: [tool] };
    expect(problem('responses', { model: 'm', tools: [tool] })).toMatch(/nested too deep/);
  });
});

const CAN = {
  tools: true,
  parallelTools: true,
  streaming: true,
  vision: true,
  jsonSchema: true,
  reasoning: true,
  contextTokens: 1_000,
  maxOutputTokens: 100,
};
const NOTHING = { hostedTools: [], storedState: false, remoteContent: false, serviceTiers: [] };

describe('whether a model may serve it', () => {
  const rows: readonly [string, Partial<BodyFacts>, Partial<typeof NOTHING> | object, string | undefined][] = [
    ['nothing special', {}, {}, undefined],
    ['a hosted tool', { hosted: ['web_search'] }, {}, 'model.smuggled'],
    ['an allowed hosted tool', { hosted: ['web_search'] }, { hostedTools: ['web_search'] }, undefined],
    ['another hosted tool', { hosted: ['mcp', 'web_search'] }, { hostedTools: ['web_search'] }, 'model.smuggled'],
    [
      'another model, whatever is allowed',
      { elsewhere: ['models'] },
      { storedState: true, remoteContent: true },
      'model.smuggled',
    ],
    ['stored state', { opaque: ['previous-response'] }, {}, 'model.smuggled'],
    ['allowed stored state', { opaque: ['previous-response', 'conversation'] }, { storedState: true }, undefined],
    ['a remote address', { opaque: ['remote-url'] }, { storedState: true }, 'model.smuggled'],
    ['an allowed remote address', { opaque: ['file', 'remote-url'] }, { remoteContent: true }, undefined],
    ['its own hidden reasoning', { opaque: ['encrypted'] }, {}, undefined],
    ['a dear tier', { tiers: ['priority'] }, {}, 'model.smuggled'],
    ['an allowed tier', { tiers: ['priority'] }, { serviceTiers: ['priority'] }, undefined],
    ['sound', { needs: ['audio'] }, {}, 'model.capability'],
  ];
  for (const [what, facts, allow, code] of rows)
    it(`${what}: ${code ?? 'fits'}`, () =>
      expect(mismatch({ ...PLAIN, ...facts }, CAN, { ...NOTHING, ...allow }, 10)?.code).toBe(code));

  it('names what the model lacks', () => {
    expect(missing({ ...PLAIN, needs: ['tools', 'vision'] }, { ...CAN, vision: false })).toEqual(['vision']);
    expect(mismatch({ ...PLAIN, needs: ['vision'] }, { ...CAN, vision: false }, NOTHING, 10)).toEqual({
      code: 'model.capability',
      message: 'm does not offer images, which this request needs.',
    });
  });

  it('refuses what cannot fit the window, and leaves the error of the estimate', () => {
    expect(mismatch(PLAIN, CAN, NOTHING, 1_200)).toBeUndefined();
    expect(mismatch(PLAIN, CAN, NOTHING, 1_201)?.code).toBe('model.capability');
  });

  it('keeps reasoning and references with their vendor', () => {
    expect(isBoundToProvider({ ...PLAIN, opaque: ['encrypted'] })).toBe(true);
    expect(isBoundToProvider({ ...PLAIN, opaque: ['remote-url'] })).toBe(false);
  });
});

describe('which models are listed', () => {
  const offer = { enabled: true, teams: ['payments'], environments: ['development'], useCases: ['coding'] };
  const viewer = { team: 'payments', environment: 'development', useCases: ['coding', 'review'] };
  const rows: readonly [string, object, boolean][] = [
    ['all fits', {}, true],
    ['switched off', { enabled: false }, false],
    ['another team', { teams: ['growth'] }, false],
    ['any team', { teams: [] }, true],
    ['every team', { teams: ['*'] }, true],
    ['another environment', { environments: ['production'] }, false],
    ['another use case', { useCases: ['sales'] }, false],
  ];
  for (const [what, over, is] of rows) it(what, () => expect(listed({ ...offer, ...over }, viewer)).toBe(is));
});
