/** One entry for the three formats: shared members, look-alikes, then the format's own. */
import type { JsonRecord } from '../json.ts';
import { readChat } from './chat.ts';
import { type BodyFacts, FactsDraft, type FactsProblem, isSet, isText, Unreadable } from './facts.ts';
import { FoldedNames } from './fold.ts';
import { readMessages } from './messages.ts';
import { readResponses } from './responses.ts';

export type BodyFormat = 'responses' | 'chat' | 'messages';

const READERS: Readonly<Record<BodyFormat, (draft: FactsDraft, body: JsonRecord) => void>> = {
  responses: readResponses,
  chat: readChat,
  messages: readMessages,
};

/** Members by which compatible servers and proxies choose another model, another place or another key. */
const ELSEWHERE = [
  'models',
  'route',
  'router',
  'fallbacks',
  'fallback_models',
  'model_fallbacks',
  'model_list',
  'draft_model',
  'provider',
  'custom_llm_provider',
  'api_base',
  'base_url',
  'api_key',
] as const;

/** Every top-level member that is read here or by the format's reader; look-alikes of these are refused. */
const READ = new FoldedNames([
  ...ELSEWHERE,
  ...['model', 'stream', 'stream_options', 'tools', 'functions', 'tool_choice', 'plugins', 'parallel_tool_calls', 'n'],
  ...['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'service_tier', 'speed', 'inference_geo'],
  ...['input', 'previous_response_id', 'conversation', 'prompt', 'background', 'reasoning', 'text'],
  ...['messages', 'web_search_options', 'audio', 'modalities', 'reasoning_effort', 'response_format'],
  ...['system', 'mcp_servers', 'container', 'cache_control', 'thinking', 'output_config', 'output_format'],
]);

/** Price classes that cost no more than the entry says. */
const PLAIN_TIERS = new Set(['auto', 'default', 'standard', 'standard_only', 'flex', 'batch']);

/** Facts of a parsed body, or why it cannot be judged. Pure; the walk is linear in the body. */
export function readFacts(format: BodyFormat, body: JsonRecord): BodyFacts | FactsProblem {
  try {
    const alike = READ.lookAlike(body);
    if (alike !== undefined)
      return { problem: `The member \`${alike.found.slice(0, 64)}\` reads like \`${alike.means}\`; name it exactly.` };
    const draft = new FactsDraft();
    for (const member of ELSEWHERE) if (isSet(body[member])) draft.elsewhere.add(member);
    if (isSet(body['plugins'])) draft.hosted.add('plugins');
    readTiers(draft, body);
    READERS[format](draft, body);
    return draft.finish(body);
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { problem: thrown.message };
    throw thrown;
  }
}

function readTiers(draft: FactsDraft, body: JsonRecord): void {
  for (const member of ['service_tier', 'speed'] as const) {
    const value = body[member];
    if (!isSet(value)) continue;
    if (!isText(value)) throw new Unreadable(`\`${member}\` must be a string.`);
    if (!PLAIN_TIERS.has(value)) draft.tiers.add(value.slice(0, 64));
  }
  const geo = body['inference_geo'];
  if (isSet(geo)) draft.tiers.add(`geo:${isText(geo) ? geo.slice(0, 60) : 'unknown'}`);
}

/** True when the history holds reasoning or references that only its own provider can read. */
export const isBoundToProvider = (facts: BodyFacts): boolean =>
  facts.opaque.some((kind) => kind !== 'remote-url' && kind !== 'background');
