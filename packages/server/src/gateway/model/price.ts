/** What a call may cost, what it is allowed to, and what it did. Money is integer micro-USD. */
import { costOf, estimateTokens, outputFor, type TokenVector, totalTokens } from '@countersign/kernel/budget';
import type { BodyFacts } from '@countersign/kernel/route';
import type { ModelRecord, WireFormat } from '../../ports/registry.ts';
import type { CostRecord as ActCost } from '../../ports/road.ts';
import type { Amounts } from '../../ports/road-store.ts';
import type { Usage } from './meter/index.ts';

/** More than any vendor charges for one picture at full size. */
const IMAGE_TOKENS = 5_000;
/** An answer shorter than this helps nobody: below it a call is denied for budget instead of clamped. */
const OUTPUT_TOKENS_MIN = 256;

export interface Estimate {
  readonly inputTokens: number;
  /** Output asked for, over all choices. */
  readonly outputTokens: number;
  /** Most output of one choice that will be let through. */
  readonly limit: number;
  readonly min: Amounts & { readonly microUsd: number };
  readonly want: Amounts;
  readonly microUsd: number;
}

/** @param bytes of the whole body */
export function inputEstimate(bytes: number, facts: BodyFacts, contextTokens: number): number {
  const seen = estimateTokens(Math.max(0, bytes - facts.imageCharacters)) + facts.images * IMAGE_TOKENS;
  // What we cannot see may be as long as the window.
  const unseen = facts.opaque.some((kind) => kind !== 'encrypted' && kind !== 'background');
  return unseen ? Math.max(seen, contextTokens) : seen;
}

export function estimateCall(model: ModelRecord, facts: BodyFacts, inputTokens: number): Estimate {
  const cap = Math.min(model.maxOutputTokens ?? model.capabilities.maxOutputTokens, model.capabilities.maxOutputTokens);
  const asked = Object.values(facts.limits);
  const limit = asked.length === 0 ? cap : Math.min(cap, Math.max(...asked));
  const least = Math.min(limit, OUTPUT_TOKENS_MIN + facts.thinking);
  const amounts = (output: number): Amounts & { readonly microUsd: number } => ({
    microUsd: costOf(worstInput(model, facts, inputTokens, output), model.prices, model.priceSteps),
    tokens: inputTokens + output,
    requests: 1,
    concurrency: 1,
  });
  const want = amounts(limit * facts.choices);
  return {
    inputTokens,
    outputTokens: limit * facts.choices,
    limit,
    min: amounts(least * facts.choices),
    want,
    microUsd: want.microUsd,
  };
}

/** All of the input at the dearest price that may be charged for it. */
function worstInput({ prices }: ModelRecord, { cacheWrite }: BodyFacts, tokens: number, output: number): TokenVector {
  const hour = cacheWrite === '1h' && prices.cacheWrite1h > prices.input;
  const minutes = !hour && cacheWrite !== 'none' && prices.cacheWrite5m > prices.input;
  return {
    input: hour || minutes ? 0 : tokens,
    cacheRead: 0,
    cacheWrite5m: minutes ? tokens : 0,
    cacheWrite1h: hour ? tokens : 0,
    output,
  };
}

/** Most output tokens of one choice that the granted amounts can pay for; never above the estimate's limit, never below 1. */
export function clampedOutput(model: ModelRecord, facts: BodyFacts, estimate: Estimate, granted: Amounts): number {
  let most = estimate.limit;
  if (granted.microUsd !== undefined && granted.microUsd < estimate.microUsd) {
    const input = worstInput(model, facts, estimate.inputTokens, 0);
    most = Math.min(most, Math.floor(outputFor(granted.microUsd, input, model.prices, model.priceSteps) / facts.choices));
  }
  if (granted.tokens !== undefined) most = Math.min(most, Math.floor((granted.tokens - estimate.inputTokens) / facts.choices));
  return Math.max(1, most);
}

/** The member by which a format, and a kind of server, limits output. */
export function outputEdits(
  to: { readonly format: WireFormat; readonly openai: boolean; readonly model: ModelRecord },
  facts: BodyFacts,
  limit: number,
): Map<string, string> {
  const edits = new Map<string, string>();
  for (const [member, value] of Object.entries(facts.limits)) if (value > limit) edits.set(member, String(limit));
  // Without a limit in the body the model's own maximum holds, and the reservation covers it.
  if (Object.keys(facts.limits).length === 0 && limit < to.model.capabilities.maxOutputTokens)
    edits.set(limitMember(to.format, to.openai), String(limit));
  return edits;
}

function limitMember(format: WireFormat, openai: boolean): string {
  if (format === 'responses') return 'max_output_tokens';
  return format === 'chat' && openai ? 'max_completion_tokens' : 'max_tokens';
}

/** The provider's own figures. */
export function reportedCost(model: ModelRecord, usage: Usage): ActCost {
  return record(model, usage.tokens, usage.reasoning, 'provider');
}

/** No usage came: what passed, and the estimate (or the reported part) of the input. */
export function countedCost(model: ModelRecord, inputTokens: number, outputBytes: number, partial: Usage | undefined): ActCost {
  const output = estimateTokens(outputBytes);
  const tokens =
    partial === undefined
      ? { input: inputTokens, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output }
      : { ...partial.tokens, output: Math.max(partial.tokens.output, output) };
  return record(model, tokens, partial?.reasoning ?? 0, 'counted');
}

function record(model: ModelRecord, tokens: TokenVector, reasoning: number, usage: ActCost['usage']): ActCost {
  return {
    microUsd: costOf(tokens, model.prices, model.priceSteps),
    inputTokens: tokens.input,
    cacheReadTokens: tokens.cacheRead,
    cacheWrite5mTokens: tokens.cacheWrite5m,
    cacheWrite1hTokens: tokens.cacheWrite1h,
    outputTokens: tokens.output,
    reasoningTokens: reasoning,
    usage,
    priceRevision: model.priceRevision,
  };
}

export const chargeOf = (cost: ActCost): Amounts => ({
  microUsd: cost.microUsd,
  tokens: totalTokens({
    input: cost.inputTokens,
    cacheRead: cost.cacheReadTokens,
    cacheWrite5m: cost.cacheWrite5mTokens,
    cacheWrite1h: cost.cacheWrite1hTokens,
    output: cost.outputTokens,
  }),
  requests: 1,
});
