/** Usage as disjoint kinds. Providers differ in what their input figure holds; here a cached token is never an input token too. */
import type { TokenVector } from '@countersign/kernel/budget';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

export interface Usage {
  readonly tokens: TokenVector;
  /** Part of `tokens.output`. */
  readonly reasoning: number;
}

/** Beyond any call: sums of such figures stay exact. */
const TOKENS_MAX = 1_000_000_000_000;

const count = (value: Json | undefined): number =>
  typeof value === 'number' && value > 0 ? Math.min(Math.ceil(value), TOKENS_MAX) : 0;
const member = (owner: Json | undefined, name: string): Json | undefined => (isRecord(owner) ? owner[name] : undefined);

interface Names {
  readonly input: string;
  readonly inputDetails: string;
  readonly output: string;
  readonly outputDetails: string;
}

export const RESPONSES_NAMES: Names = {
  input: 'input_tokens',
  inputDetails: 'input_tokens_details',
  output: 'output_tokens',
  outputDetails: 'output_tokens_details',
};

export const CHAT_NAMES: Names = {
  input: 'prompt_tokens',
  inputDetails: 'prompt_tokens_details',
  output: 'completion_tokens',
  outputDetails: 'completion_tokens_details',
};

/** OpenAI's formats: cached and written tokens are inside the input figure. Where the total says otherwise, the dearer reading counts. */
export function openaiUsage(usage: JsonRecord, names: Names): Usage | undefined {
  if (typeof usage[names.input] !== 'number' && typeof usage[names.output] !== 'number') return undefined;
  const input = count(usage[names.input]);
  const details = usage[names.inputDetails];
  const cacheRead = count(member(details, 'cached_tokens'));
  const cacheWrite5m = count(member(details, 'cache_write_tokens'));
  const reported = count(usage[names.output]);
  const reasoning = count(member(usage[names.outputDetails], 'reasoning_tokens'));
  const total = count(usage['total_tokens']);
  const special = cacheRead + cacheWrite5m;
  const inside = special <= input && (total === 0 || total === input + reported || total === input + reported + reasoning);
  // Some compatible servers report reasoning beside the output; the total tells.
  const output =
    reasoning > reported || total === input + reported + reasoning ? Math.max(reported, reported + reasoning) : reported;
  return { tokens: { input: inside ? input - special : input, cacheRead, cacheWrite5m, cacheWrite1h: 0, output }, reasoning };
}

/** Members of Messages' usage that are counted; each may be repeated, growing or null, so each is kept at its maximum. */
export interface MessagesCount {
  input: number;
  cacheRead: number;
  cacheWrite: number;
  cacheWrite1h: number;
  output: number;
  seen: boolean;
}

export const noMessagesCount = (): MessagesCount => ({
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output: 0,
  seen: false,
});

/** Adds a usage object by the maximum of each member. Calls of a loop on the provider's side are listed in `iterations`. */
export function addMessagesUsage(sum: MessagesCount, usage: Json | undefined): void {
  if (!isRecord(usage)) return;
  sum.seen = true;
  raise(sum, usage);
  const { iterations } = usage;
  if (!Array.isArray(iterations) || iterations.length === 0) return;
  const all = noMessagesCount();
  for (const one of iterations as readonly Json[]) {
    if (!isRecord(one)) continue;
    const each = noMessagesCount();
    raise(each, one);
    all.input += each.input;
    all.cacheRead += each.cacheRead;
    all.cacheWrite += each.cacheWrite;
    all.cacheWrite1h += each.cacheWrite1h;
    all.output += each.output;
  }
  for (const kind of ['input', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'output'] as const)
    sum[kind] = Math.max(sum[kind], all[kind]);
}

function raise(sum: MessagesCount, usage: JsonRecord): void {
  const creation = usage['cache_creation'];
  const hour = count(member(creation, 'ephemeral_1h_input_tokens'));
  const minutes = count(member(creation, 'ephemeral_5m_input_tokens'));
  sum.input = Math.max(sum.input, count(usage['input_tokens']));
  sum.cacheRead = Math.max(sum.cacheRead, count(usage['cache_read_input_tokens']));
  sum.cacheWrite = Math.max(sum.cacheWrite, count(usage['cache_creation_input_tokens']), hour + minutes);
  sum.cacheWrite1h = Math.max(sum.cacheWrite1h, hour);
  sum.output = Math.max(sum.output, count(usage['output_tokens']));
}

export const messagesUsage = (sum: MessagesCount): Usage | undefined =>
  sum.seen
    ? {
        tokens: {
          input: sum.input,
          cacheRead: sum.cacheRead,
          cacheWrite5m: Math.max(0, sum.cacheWrite - sum.cacheWrite1h),
          cacheWrite1h: sum.cacheWrite1h,
          output: sum.output,
        },
        reasoning: 0,
      }
    : undefined;
