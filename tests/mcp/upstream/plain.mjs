// Tools that answer in one go.
import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import { audio, embedded, image, pause, said, text } from './content.mjs';

const NONE = { type: 'object', properties: {} };

const withHeaders = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    priority: { type: 'integer', 'x-mcp-header': 'Priority' },
    verbose: { type: 'boolean', 'x-mcp-header': 'Verbose' },
  },
};

/** The schema that the suite looks for word by word. */
const everyKeyword = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

async function log(ctx, ...lines) {
  for (const [index, line] of lines.entries()) {
    if (index > 0) await pause(50);
    await ctx.mcpReq.log('info', line);
  }
}

async function progress(ctx) {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  for (const done of [0, 50, 100]) {
    if (done > 0) await pause(50);
    if (progressToken !== undefined)
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: done, total: 100 } });
  }
}

/** @param tell publishes that a list changed: `tools`, `prompts` */
export const plainTools = (tell) => ({
  test_simple_text: { run: () => said('This is a simple text response for testing.') },
  test_image_content: { run: () => ({ content: [image] }) },
  test_audio_content: { run: () => ({ content: [audio] }) },
  test_embedded_resource: {
    run: () => ({ content: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')] }),
  },
  test_multiple_content_types: {
    run: () => ({
      content: [
        text('Multiple content types test:'),
        image,
        embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    }),
  },
  test_tool_with_logging: {
    run: async (_args, ctx) => {
      await log(ctx, 'Tool execution started', 'Tool processing data', 'Tool execution completed');
      return said('Logged three lines.');
    },
  },
  test_logging_tool: {
    run: async (_args, ctx) => {
      await log(ctx, 'One line for those who asked for it');
      return said('Logged one line.');
    },
  },
  test_error_handling: {
    run: () => ({ isError: true, ...said('This tool intentionally returns an error for testing') }),
  },
  test_tool_with_progress: {
    run: async (_args, ctx) => {
      await progress(ctx);
      return said('Done by steps.');
    },
  },
  test_missing_capability: {
    run: (_args, ctx) => {
      if (ctx.client.sampling === undefined)
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
      return said('The client can sample.');
    },
  },
  test_streaming_elicitation: {
    run: async (_args, ctx) => {
      await progress(ctx);
      return said('Nothing but notices came before this.');
    },
  },
  test_trigger_tool_change: {
    run: () => {
      tell('tools');
      return said('The tools changed.');
    },
  },
  test_trigger_prompt_change: {
    run: () => {
      tell('prompts');
      return said('The prompts changed.');
    },
  },
  test_reconnection: {
    run: async (_args, ctx) => {
      ctx.http?.closeSSE?.();
      await pause(100);
      return said('Came after the stream was closed.');
    },
  },
  test_headers: { input: withHeaders, run: (args) => said(JSON.stringify(args)) },
  json_schema_2020_12_tool: {
    description: 'Tool with JSON Schema 2020-12 features',
    input: everyKeyword,
    run: (args) => said(JSON.stringify(args)),
  },
});

export { NONE };
