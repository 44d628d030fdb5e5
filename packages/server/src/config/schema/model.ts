/** models/*.yaml: one file per model that may be used, over what the catalogue knows of it. */
import { z } from 'zod';
import { DataClassName, Duration, Environment, Slug, WireId } from './common.ts';

/** Half a micro-dollar per token would still fit; ten thousand dollars per million tokens is a typing error. */
const Price = z.int().min(0).max(10_000_000_000).describe('Micro-USD per million tokens: 5000000 is 5 USD per million.');
const prices = { input: Price, cacheRead: Price, cacheWrite5m: Price, cacheWrite1h: Price, output: Price };

const Tokens = z.int().min(1).max(100_000_000);
const capabilities = {
  tools: z.boolean(),
  parallelTools: z.boolean(),
  streaming: z.boolean(),
  vision: z.boolean(),
  jsonSchema: z.boolean(),
  reasoning: z.boolean(),
  contextTokens: Tokens,
  maxOutputTokens: Tokens,
};

export const PriceVectorFields = z.strictObject(prices);
export const PriceStepFields = z.strictObject({ aboveInputTokens: Tokens, ...prices });
export const CapabilityFields = z.strictObject(capabilities);

export const MODEL_CLASSES = ['small', 'code', 'high-reasoning', 'batch'] as const;

export const ModelFile = z
  .strictObject({
    id: WireId.describe('What callers name in `model`.'),
    provider: Slug,
    upstreamModel: WireId.optional().describe('What the provider calls it; the id, when absent.'),
    catalogue: WireId.optional().describe('Catalogue entry, such as openai/gpt-5.5; provider and upstream model, when absent.'),
    class: z.enum(MODEL_CLASSES),
    formats: z
      .array(z.enum(['responses', 'chat', 'messages']))
      .min(1)
      .optional(),
    prices: PriceVectorFields.optional().describe('Instead of the catalogue’s.'),
    priceSteps: z.array(PriceStepFields).max(8).optional(),
    capabilities: CapabilityFields.partial().optional().describe('Members replace those of the catalogue.'),
    enabled: z.boolean().default(true),
    preview: z.boolean().default(false).describe('Behind the flag: policies ask for approval of each call.'),
    customerData: z.boolean().default(false).describe('Whether customer data may be sent to it at all.'),
    outputMayTriggerActions: z.boolean().default(false).describe('Whether what it says may start tools without a person.'),
    teams: z.array(Slug).min(1),
    environments: z.array(Environment).min(1),
    useCases: z.array(Slug).min(1),
    maxDataClass: DataClassName,
    allow: z
      .strictObject({
        hostedTools: z.array(z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be a tool type such as `web_search`')).default([]),
        storedState: z.boolean().default(false),
        remoteContent: z.boolean().default(false),
        serviceTiers: z.array(z.string().regex(/^[a-z_]{1,30}$/)).default([]),
      })
      .prefault({})
      .describe('What a body may ask for besides plain inference. All of it is denied unless it stands here.'),
    maxPromptTokens: Tokens.optional(),
    maxOutputTokens: Tokens.optional(),
    fallbacks: z.array(WireId).max(8).default([]).describe('Models to try when this one is down; each is decided anew.'),
    timeouts: z
      .strictObject({
        connect: Duration.default('5s'),
        firstByte: Duration.default('300s'),
        idle: Duration.default('60s'),
        total: Duration.default('30m'),
      })
      .prefault({}),
    logs: z.enum(['digest', 'full']).default('digest'),
  })
  .describe('Countersign: one model');

export type ModelFile = z.infer<typeof ModelFile>;
