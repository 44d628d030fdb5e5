/** What a server answered, in the port's words. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ToolMethod, ToolReply } from '../../../ports/tool.ts';
import { garbage } from '../failed.ts';
import type { Answer } from '../wire/wire.ts';
import { withoutEnvelope } from './meta.ts';

const INVALID_PARAMS = -32602;
/** `resource not found` of the legacy era; the modern one says invalid params. */
const RESOURCE_NOT_FOUND = -32002;
/** Legacy: the client is to open a URL and call again. Forbidden in the modern era. */
export const URL_ELICITATION = -32042;
const INTERNAL_ERROR = -32603;

/** @throws Failed garbage for a result that the method cannot have */
export function resultReply(method: ToolMethod, result: JsonRecord, bytes: number): ToolReply {
  if (!SHAPES[method](result)) throw garbage(`a result that is none of ${method}`);
  return { kind: 'result', result: withoutEnvelope(result), bytes };
}

const SHAPES: Readonly<Record<ToolMethod, (result: JsonRecord) => boolean>> = {
  'tools/call': (result) => areTyped(result.content) && (result.isError === undefined || typeof result.isError === 'boolean'),
  'prompts/get': (result) =>
    Array.isArray(result.messages) && result.messages.every((message: Json) => isRecord(message) && isRecord(message.content)),
  'resources/read': (result) =>
    Array.isArray(result.contents) && result.contents.every((one: Json) => isRecord(one) && typeof one.uri === 'string'),
  'completion/complete': (result) =>
    isRecord(result.completion) &&
    Array.isArray(result.completion.values) &&
    result.completion.values.every((value: Json) => typeof value === 'string'),
};

const areTyped = (blocks: Json | undefined): boolean =>
  Array.isArray(blocks) && blocks.every((block: Json) => isRecord(block) && typeof block.type === 'string');

/** A JSON-RPC error; its shape was checked when it was read. */
export function errorReply(error: JsonRecord): ToolReply {
  const code = Number(error.code);
  const mapped = code === RESOURCE_NOT_FOUND ? INVALID_PARAMS : code === URL_ELICITATION ? INTERNAL_ERROR : code;
  const reply = { kind: 'error', code: mapped, message: String(error.message) } as const;
  return error.data === undefined ? reply : { ...reply, data: error.data };
}

export const resultOf = (answer: Answer): JsonRecord | undefined =>
  isRecord(answer.message.result) ? answer.message.result : undefined;

export const errorOf = (answer: Answer): JsonRecord | undefined =>
  isRecord(answer.message.error) ? answer.message.error : undefined;

const REQUESTS_MAX = 32;

/** What a server may ask for in the middle of a call, and the capability of the client that lets it. */
const ASKS: Readonly<Record<string, 'elicitation' | 'sampling' | 'roots'>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/**
 * Requests for input, each `{method, params}`: of a kind, and in a mode, that was declared; nothing else was allowed to ask.
 * @throws Failed garbage
 */
export function inputRequests(requests: Json | undefined, declared: JsonRecord): JsonRecord {
  if (requests === undefined) return {};
  if (!isRecord(requests) || Object.keys(requests).length > REQUESTS_MAX) throw garbage('requests for input that are none');
  return Object.fromEntries(Object.entries(requests).map(([key, request]) => [key, inputRequest(request as Json, declared)]));
}

export function inputRequest(request: Json, declared: JsonRecord): JsonRecord {
  if (!isRecord(request) || typeof request.method !== 'string' || !isKnownAsk(request.method, declared))
    throw garbage('a request for input of a kind that was not declared');
  const given = isRecord(request.params) ? request.params : {};
  if (!mayAsk(request.method, given, declared)) throw garbage('an elicitation in a mode that was not declared');
  // An elicitation by URL has an id in the legacy era only.
  const { elicitationId: _id, task: _task, ...params } = withoutEnvelope(given);
  return { method: request.method, params };
}

/** Whether the client declared that it can be asked this at all. */
export const isKnownAsk = (method: string, declared: JsonRecord): boolean => {
  const capability = ASKS[method];
  return capability !== undefined && isRecord(declared[capability]);
};

/** @param declared capabilities; an elicitation that names no mode means forms */
export function mayAsk(method: string, params: JsonRecord, declared: JsonRecord): boolean {
  if (!isKnownAsk(method, declared)) return false;
  const { elicitation } = declared;
  if (method !== 'elicitation/create' || !isRecord(elicitation)) return true;
  const mode = params.mode ?? 'form';
  if (mode === 'url') return elicitation.url !== undefined;
  return mode === 'form' && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** What the client answered to an ask, as a legacy server hears it: a refusal of anything but an elicitation is an error there. */
export function answerTo(method: Json | undefined, response: JsonRecord): JsonRecord {
  const refused = method !== 'elicitation/create' && (response.action === 'decline' || response.action === 'cancel');
  return refused ? { error: { code: USER_REJECTED, message: 'The user said no' } } : { result: response };
}

/** The code that the protocol's own pages use for a rejected sampling request. */
const USER_REJECTED = -1;
