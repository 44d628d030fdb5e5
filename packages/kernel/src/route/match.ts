/** Whether a model can, and its entry allows it to, serve what a body asks for. */
import type { BodyFacts, Need, Opaque } from './facts.ts';

export interface Capabilities {
  readonly tools: boolean;
  readonly parallelTools: boolean;
  readonly streaming: boolean;
  readonly vision: boolean;
  readonly jsonSchema: boolean;
  readonly reasoning: boolean;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
}

export interface Allowance {
  readonly hostedTools: readonly string[];
  readonly storedState: boolean;
  readonly remoteContent: boolean;
  readonly serviceTiers: readonly string[];
}

export interface Mismatch {
  readonly code: 'model.capability' | 'model.smuggled';
  /** Public sentence. */
  readonly message: string;
}

const SWITCHES: readonly Exclude<Need, 'audio'>[] = ['tools', 'parallelTools', 'streaming', 'vision', 'jsonSchema', 'reasoning'];

const NAMES: Readonly<Record<Need, string>> = {
  tools: 'tools',
  parallelTools: 'parallel tool calls',
  streaming: 'streaming',
  vision: 'images',
  jsonSchema: 'answers by JSON schema',
  reasoning: 'reasoning',
  audio: 'audio',
};

/** What the model lacks. Audio is in no catalogue of ours, so no model has it. */
export const missing = (facts: BodyFacts, has: Capabilities): readonly Need[] =>
  facts.needs.filter((need) => need === 'audio' || (SWITCHES.includes(need) && !has[need]));

const STORED: readonly Opaque[] = ['background', 'conversation', 'item-reference', 'previous-response', 'stored-prompt'];
const REMOTE: readonly Opaque[] = ['file', 'remote-url'];

/** @param inputTokens the estimate; a fifth above the window is beyond its error */
export function mismatch(facts: BodyFacts, has: Capabilities, allow: Allowance, inputTokens: number): Mismatch | undefined {
  return smuggled(facts, allow) ?? incapable(facts, has, inputTokens);
}

function incapable(facts: BodyFacts, has: Capabilities, inputTokens: number): Mismatch | undefined {
  const lacks = missing(facts, has);
  if (lacks.length > 0)
    return capability(`${facts.model} does not offer ${lacks.map((need) => NAMES[need]).join(', ')}, which this request needs.`);
  if (facts.images === 0 && inputTokens > has.contextTokens * 1.2)
    return capability(`The request is about ${inputTokens} tokens long; ${facts.model} reads at most ${has.contextTokens}.`);
  return undefined;
}

function smuggled(facts: BodyFacts, allow: Allowance): Mismatch | undefined {
  if (facts.elsewhere.length > 0)
    return refused(`The body may name one model only, in \`model\`; remove ${quoted(facts.elsewhere)}.`);
  const hosted = facts.hosted.filter((tool) => !allow.hostedTools.includes(tool));
  if (hosted.length > 0)
    return refused(`Tools that the provider runs are not allowed for ${facts.model}: ${quoted(hosted)}. Use a tool of your own.`);
  const unseen = facts.opaque.filter(
    (kind) => (STORED.includes(kind) && !allow.storedState) || (REMOTE.includes(kind) && !allow.remoteContent),
  );
  if (unseen.length > 0)
    return refused(`The body points at content that cannot be checked here: ${quoted(unseen)}. Send the content itself.`);
  const tiers = facts.tiers.filter((tier) => !allow.serviceTiers.includes(tier));
  if (tiers.length > 0) return refused(`The service tier is not allowed for ${facts.model}: ${quoted(tiers)}.`);
  return undefined;
}

const capability = (message: string): Mismatch => ({ code: 'model.capability', message });
const refused = (message: string): Mismatch => ({ code: 'model.smuggled', message });
const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

export interface Viewer {
  readonly team: string;
  readonly environment: string;
  readonly useCases: readonly string[];
}

export interface Offer {
  readonly enabled: boolean;
  readonly teams: readonly string[];
  readonly environments: readonly string[];
  readonly useCases: readonly string[];
}

/** Whether a model is listed for an agent. A list is no permission: each call is decided. Empty restrictions mean none. */
export function listed(model: Offer, viewer: Viewer): boolean {
  const fits = (allowed: readonly string[], wanted: readonly string[]): boolean =>
    allowed.length === 0 || allowed.includes('*') || wanted.some((one) => allowed.includes(one));
  return (
    model.enabled &&
    fits(model.teams, [viewer.team]) &&
    fits(model.environments, [viewer.environment]) &&
    fits(model.useCases, viewer.useCases)
  );
}
