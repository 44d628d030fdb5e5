/** One JSON-RPC message, checked as far as every method needs it. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

export type RequestId = string | number;

export interface RpcRequest {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonRecord;
}

export interface RpcNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonRecord;
}

export interface RpcResponse {
  readonly kind: 'response';
  readonly id: RequestId;
  /** Absent where the client answered with an error. */
  readonly result?: JsonRecord;
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

/** Ids are echoed and kept while a request runs. */
const ID_CHARS_MAX = 256;
const METHOD_CHARS_MAX = 128;

/** @returns what is wrong, in public words, where it is no message */
export function readMessage(json: JsonRecord): RpcMessage | string {
  if (json['jsonrpc'] !== '2.0') return 'The member `jsonrpc` must be "2.0".';
  const { method, id, params } = json;
  if (method === undefined) return readResponse(json);
  if (typeof method !== 'string' || method === '' || method.length > METHOD_CHARS_MAX)
    return 'The member `method` must be a method name.';
  if (params !== undefined && !isRecord(params)) return 'The member `params` must be an object.';
  const given = params ?? {};
  if (id === undefined) return { kind: 'notification', method, params: given };
  if (!isId(id)) return 'The member `id` must be a string of at most 256 characters or an integer.';
  return { kind: 'request', id, method, params: given };
}

function readResponse(json: JsonRecord): RpcResponse | string {
  const { id, result, error } = json;
  if (!isId(id)) return 'The message has neither a method nor the id of a request.';
  if (error !== undefined) return { kind: 'response', id };
  return isRecord(result) ? { kind: 'response', id, result } : 'The member `result` must be an object.';
}

export const isId = (value: Json | undefined): value is RequestId =>
  typeof value === 'string' ? value.length <= ID_CHARS_MAX : Number.isSafeInteger(value);
