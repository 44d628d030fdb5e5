/** What each string of an answer is: what the agent reads, what runs at the agent, what the provider signed, or what only the protocol reads. */
import type { JsonRecord } from '@countersign/kernel/json';
import { isMedia } from './request-place.ts';

/**
 * `text` and `json` (JSON text) are redacted; `sealed` is signed by the provider and never changed; `skip` is not looked into. `restores`:
 * values that were taken out of the request are put back, since it goes back to whom they came from.
 */
export interface AnswerPlace {
  readonly mode: 'text' | 'json' | 'sealed' | 'skip';
  readonly restores: boolean;
}

export const TEXT: AnswerPlace = { mode: 'text', restores: false };
export const SPOKEN: AnswerPlace = { mode: 'text', restores: true };
export const ARGUMENTS: AnswerPlace = { mode: 'json', restores: true };
export const HOSTED_ARGUMENTS: AnswerPlace = { mode: 'json', restores: false };
export const SEALED: AnswerPlace = { mode: 'sealed', restores: false };
const SKIP: AnswerPlace = { mode: 'skip', restores: false };

/** By the name of the events of a Responses stream that bring it. */
export const RESPONSES_PLACES: Readonly<Record<string, AnswerPlace>> = {
  'response.output_text': SPOKEN,
  'response.refusal': SPOKEN,
  'response.function_call_arguments': ARGUMENTS,
  'response.custom_tool_call_input': SPOKEN,
  'response.mcp_call_arguments': HOSTED_ARGUMENTS,
};

/** What holds below an object of an answer. */
export interface AnswerAbove {
  /** Below a call that the agent itself runs. */
  readonly isClientRun: boolean;
  /** Below what the provider repeats of the request, which was read on its way out. */
  readonly isEcho: boolean;
  /** Right below the Responses object itself. */
  readonly isResponse: boolean;
}

export const ANSWER_TOP: AnswerAbove = { isClientRun: false, isEcho: false, isResponse: false };
const CLIENT_RUN: AnswerAbove = { ...ANSWER_TOP, isClientRun: true };
const ECHO: AnswerAbove = { ...ANSWER_TOP, isEcho: true };
const RESPONSE: AnswerAbove = { ...ANSWER_TOP, isResponse: true };

/** Calls that the agent runs in its own place. `tool_use` alone: its relatives with a prefix run at the provider. */
const CLIENT_CALLS: ReadonlySet<unknown> = new Set([
  ...['function_call', 'custom_tool_call', 'local_shell_call', 'shell_call', 'apply_patch_call', 'computer_call', 'tool_use'],
]);
const PROTOCOL: ReadonlySet<string> = new Set([
  ...[
    'type',
    'role',
    'id',
    'call_id',
    'tool_use_id',
    'tool_call_id',
    'item_id',
    'name',
    'model',
    'object',
    'status',
    'obfuscation',
  ],
  ...['finish_reason', 'stop_reason', 'system_fingerprint', 'service_tier', 'response_id', 'token', 'phase'],
]);
/** Protocol names and ids are short; what is longer is looked at whatever it is called. */
const PROTOCOL_UNITS_MAX = 128;
/** Members of a Responses object that repeat the request. */
const REPEATED: ReadonlySet<string> = new Set([
  ...[
    'instructions',
    'tools',
    'tool_choice',
    'metadata',
    'prompt',
    'input',
    'user',
    'safety_identifier',
    'prompt_cache_key',
    'truncation',
  ],
]);

export function enterAnswer(object: JsonRecord, key: string, above: AnswerAbove): AnswerAbove {
  if (above.isClientRun || above.isEcho) return above;
  if (above.isResponse && REPEATED.has(key)) return ECHO;
  if (CLIENT_CALLS.has(object['type'])) return CLIENT_RUN;
  return isResponse(object, key) ? RESPONSE : ANSWER_TOP;
}

/** At the top of an answer, or in an event that carries it: nowhere else, since a model chooses what stands in its arguments. */
const isResponse = (object: JsonRecord, key: string): boolean =>
  object['object'] === 'response' && (key === '' || key === 'response');

export interface AnswerText {
  readonly text: string;
  readonly parent: JsonRecord;
  readonly key: string;
}

export function answerPlace(text: AnswerText, above: AnswerAbove): AnswerPlace {
  const { parent, key } = text;
  if (above.isEcho || (above.isResponse && REPEATED.has(key))) return SKIP;
  const repeated = repeatedPlace(parent, key);
  if (repeated !== undefined) return repeated;
  if (key === 'arguments') return argumentsPlace(parent);
  return above.isClientRun ? clientRunPlace(text) : plainPlace(text);
}

/** The call's own members are the protocol's; what it is called with is not. */
const clientRunPlace = ({ text, parent, key }: AnswerText): AnswerPlace =>
  CLIENT_CALLS.has(parent['type']) && isProtocol(key, text) ? SKIP : SPOKEN;

function plainPlace({ text, parent, key }: AnswerText): AnswerPlace {
  if (isSealed(parent, key)) return key === 'thinking' ? SEALED : SKIP;
  if (isProtocol(key, text) || isMedia(key, text)) return SKIP;
  return isSpoken(parent, key) ? SPOKEN : TEXT;
}

const REPEATS: ReadonlySet<string> = new Set(['text', 'refusal', 'arguments', 'input']);

/** The end of a field, which says the whole of it once more. */
function repeatedPlace({ type }: JsonRecord, key: string): AnswerPlace | undefined {
  if (typeof type !== 'string' || !type.endsWith('.done') || !REPEATS.has(key)) return undefined;
  return RESPONSES_PLACES[type.slice(0, -'.done'.length)];
}

/** Chat calls have no type beside their arguments; calls of servers that the provider asks have one of their own. */
const argumentsPlace = ({ type }: JsonRecord): AnswerPlace =>
  type === undefined || type === 'function_call' ? ARGUMENTS : HOSTED_ARGUMENTS;

const isProtocol = (key: string, text: string): boolean => PROTOCOL.has(key) && text.length <= PROTOCOL_UNITS_MAX;

const isSealed = (parent: JsonRecord, key: string): boolean =>
  key === 'signature' ||
  key === 'encrypted_content' ||
  key === 'encrypted_index' ||
  (key === 'thinking' && parent['type'] === 'thinking') ||
  (key === 'data' && parent['type'] === 'redacted_thinking');

function isSpoken(parent: JsonRecord, key: string): boolean {
  const { type } = parent;
  if (key === 'text') return type === 'text' || type === 'output_text';
  if (key === 'refusal') return type === 'refusal' || type === undefined;
  if (key === 'output_text') return true;
  return key === 'content' && type === undefined && parent['role'] === 'assistant';
}
