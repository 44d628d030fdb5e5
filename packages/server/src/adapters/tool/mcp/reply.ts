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

/**
 * Requests for input, each `{method, params}`: elicitation only, and only in a mode that was declared; nothing else was allowed to ask.
 * @throws Failed garbage
 */
export function inputRequests(requests: Json | undefined, elicitation: Json | undefined): JsonRecord {
  if (requests === undefined) return {};
  if (!isRecord(requests) || Object.keys(requests).length > REQUESTS_MAX) throw garbage('requests for input that are none');
  return Object.fromEntries(Object.entries(requests).map(([key, request]) => [key, inputRequest(request as Json, elicitation)]));
}

export function inputRequest(request: Json, elicitation: Json | undefined): JsonRecord {
  if (!isRecord(request) || request.method !== 'elicitation/create' || !isRecord(request.params))
    throw garbage('a request for input of a kind that was not declared');
  if (!mayAsk(request.params, elicitation)) throw garbage('an elicitation in a mode that was not declared');
  // An elicitation by URL has an id in the legacy era only.
  const { elicitationId: _id, task: _task, ...params } = withoutEnvelope(request.params);
  return { method: request.method, params };
}

/** @param elicitation the declared capability; an empty one means forms */
export function mayAsk(params: JsonRecord, elicitation: Json | undefined): boolean {
  if (!isRecord(elicitation)) return false;
  const mode = params.mode ?? 'form';
  if (mode === 'url') return elicitation.url !== undefined;
  return mode === 'form' && (elicitation.form !== undefined || elicitation.url === undefined);
}
