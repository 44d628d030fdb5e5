// Makes the model catalogue that ships: prices from @pydantic/genai-prices (MIT), capabilities from the table below. Run it at a release:
//   node scripts/make-catalogue.mjs            writes packages/server/src/config/catalogue/data.ts
//   node scripts/make-catalogue.mjs --json     prints the same as JSON, for `countersign catalogue refresh FILE`
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findProvider } from '@pydantic/genai-prices';

const AS_OF = process.env.CATALOGUE_AS_OF ?? new Date().toISOString().slice(0, 10);
const OUT = new URL('../packages/server/src/config/catalogue/data.ts', import.meta.url);
const PROVIDERS = ['openai', 'anthropic', 'mistral', 'deepseek', 'x-ai', 'google'];
/** Models that answer with text; the others of these providers have no door here. */
const NO_TEXT =
  /audio|realtime|image|embed|moderation|tts|transcribe|whisper|ocr|voxtral|voice|computer-use|search-preview|live|omni|:free$|^ft:|\.ft-|davinci|curie|babbage|^ada$|instruct|claude-2|claude-v1/;

// Capability facts: first match wins. Tokens as the vendors document them; what nobody documents is set low, since the door clamps to it.
const CAPABILITIES = [
  ['openai', /^gpt-(?:6|5\.[4-9])/, { reasoning: true, contextTokens: 1_050_000, maxOutputTokens: 128_000 }],
  ['openai', /^(?:gpt-5|codex)/, { reasoning: true, contextTokens: 400_000, maxOutputTokens: 128_000 }],
  ['openai', /^gpt-4\.1/, { contextTokens: 1_000_000, maxOutputTokens: 32_768 }],
  ['openai', /^(?:gpt-4o|chatgpt-4o)/, { contextTokens: 128_000, maxOutputTokens: 16_384 }],
  [
    'openai',
    /^o1-(?:mini|preview)/,
    { reasoning: true, tools: false, vision: false, contextTokens: 128_000, maxOutputTokens: 32_768 },
  ],
  ['openai', /^o[134]/, { reasoning: true, contextTokens: 200_000, maxOutputTokens: 100_000 }],
  ['openai', /^gpt-oss/, { reasoning: true, vision: false, contextTokens: 131_072, maxOutputTokens: 32_768 }],
  ['openai', /^gpt-4-turbo|^gpt-4-vision/, { jsonSchema: false, contextTokens: 128_000, maxOutputTokens: 4_096 }],
  ['openai', /^gpt-/, { vision: false, jsonSchema: false, contextTokens: 16_385, maxOutputTokens: 4_096 }],
  ['anthropic', /^claude-(?:opus|sonnet|haiku|fable)-5/, { reasoning: true, contextTokens: 1_000_000, maxOutputTokens: 128_000 }],
  ['anthropic', /^claude-(?:opus|sonnet)-4-[678]/, { reasoning: true, contextTokens: 1_000_000, maxOutputTokens: 128_000 }],
  ['anthropic', /^claude-opus-4-[01]/, { reasoning: true, contextTokens: 200_000, maxOutputTokens: 32_000 }],
  ['anthropic', /^claude-(?:opus|sonnet|haiku)-4/, { reasoning: true, contextTokens: 200_000, maxOutputTokens: 64_000 }],
  ['anthropic', /^claude-3-7/, { reasoning: true, jsonSchema: false, contextTokens: 200_000, maxOutputTokens: 64_000 }],
  ['anthropic', /^claude-3-5/, { jsonSchema: false, contextTokens: 200_000, maxOutputTokens: 8_192 }],
  ['anthropic', /^claude-/, { jsonSchema: false, contextTokens: 200_000, maxOutputTokens: 4_096 }],
];
/** Others speak Chat Completions; only what all of them do is claimed. */
const COMPATIBLE = { vision: false, jsonSchema: false, parallelTools: false, contextTokens: 32_768, maxOutputTokens: 8_192 };
const BASE = { tools: true, parallelTools: true, streaming: true, vision: true, jsonSchema: true, reasoning: false };
const FORMATS = { openai: ['responses', 'chat'], anthropic: ['messages'] };

const micro = (usdPerMillion) => Math.round(usdPerMillion * 1_000_000);
const base = (price) => (typeof price === 'object' ? price.base : price);
const tierAt = (price, start) => {
  if (typeof price !== 'object') return price;
  return price.tiers.filter((tier) => tier.start <= start).reduce((_, tier) => tier.price, price.base);
};

/** Five disjoint kinds; a kind without a price of its own costs what fresh input costs, and an hour's cache write twice of that at Anthropic. */
function vector(prices, pick) {
  const input = pick(prices.input_mtok);
  const write = prices.cache_write_mtok === undefined ? input : pick(prices.cache_write_mtok);
  const hour = prices.cache_write_1h_mtok === undefined ? write : pick(prices.cache_write_1h_mtok);
  const read = prices.cache_read_mtok === undefined ? input : pick(prices.cache_read_mtok);
  return {
    input: micro(input),
    cacheRead: micro(read),
    cacheWrite5m: micro(write),
    cacheWrite1h: micro(hour),
    output: micro(pick(prices.output_mtok)),
  };
}

/** The prices in force on the day; by hour of day the dearest, so that nothing is undercounted. */
function current(prices) {
  if (!Array.isArray(prices)) return prices;
  const dated = prices.filter(
    ({ constraint }) => constraint === undefined || (constraint.type === 'start_date' && constraint.start_date <= AS_OF),
  );
  const hourly = prices.filter(({ constraint }) => constraint?.type === 'time_of_date');
  if (hourly.length > 0)
    return [...dated, ...hourly].map(({ prices: each }) => each).sort((a, b) => base(b.output_mtok) - base(a.output_mtok))[0];
  return dated.at(-1)?.prices;
}

function namesOf(match) {
  if (match.equals !== undefined) return [match.equals];
  return (match.or ?? []).flatMap(namesOf);
}

function entry(provider, model) {
  const prices = current(model.prices);
  if (prices?.input_mtok === undefined || prices.output_mtok === undefined) return undefined;
  const starts = [
    ...new Set(
      Object.values(prices).flatMap((price) => (typeof price === 'object' ? price.tiers.map(({ start }) => start) : [])),
    ),
  ].sort((a, b) => a - b);
  const known =
    CAPABILITIES.find(([of, pattern]) => of === provider && pattern.test(model.id))?.[2] ??
    (provider in FORMATS ? undefined : COMPATIBLE);
  if (known === undefined) return undefined;
  const capabilities = { ...BASE, ...known };
  if (model.context_window !== undefined) capabilities.contextTokens = model.context_window;
  capabilities.maxOutputTokens = Math.min(capabilities.maxOutputTokens, capabilities.contextTokens);
  return {
    provider,
    model: model.id,
    aliases: namesOf(model.match)
      .filter((name) => name !== model.id)
      .sort(),
    formats: FORMATS[provider] ?? ['chat'],
    prices: vector(prices, base),
    priceSteps: starts.map((start) => ({ aboveInputTokens: start, ...vector(prices, (price) => tierAt(price, start)) })),
    capabilities,
    source: 'genai-prices',
  };
}

const require = createRequire(import.meta.url);
const packageFile = require.resolve('@pydantic/genai-prices').replace(/dist\/.*$/, 'package.json');
const { version } = JSON.parse(readFileSync(packageFile, 'utf8'));
const entries = PROVIDERS.flatMap((provider) => {
  const found = findProvider({ providerId: provider });
  if (found === undefined) throw new Error(`no provider ${provider}`);
  return found.models
    .filter(({ id, deprecated }) => deprecated !== true && !NO_TEXT.test(id))
    .map((model) => entry(provider, model));
}).filter((made) => made !== undefined);
const catalogue = {
  format: 'countersign-catalogue/1',
  asOf: AS_OF,
  sources: [`@pydantic/genai-prices ${version} (MIT)`],
  entries,
};

if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(catalogue, null, 1)}\n`);
else {
  const lines = entries.map((each) => `    ${JSON.stringify(each)},`).join('\n');
  const head =
    '// Made by scripts/make-catalogue.mjs; not edited by hand. Prices: @pydantic/genai-prices, MIT licence, see NOTICE.\n';
  const keep = '// biome-ignore format: one entry a line, so that a refresh reads as a difference\n';
  const body = `import type { Catalogue } from './format.ts';\n\n${keep}export const SHIPPED: Catalogue = {\n  format: 'countersign-catalogue/1',\n  asOf: ${JSON.stringify(AS_OF)},\n  sources: ${JSON.stringify(catalogue.sources)},\n  entries: [\n${lines}\n  ],\n};\n`;
  writeFileSync(OUT, head + body);
  console.error(`${entries.length} entries as of ${AS_OF}`);
}
