/** Requests as no official client would send them. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { textOf } from './stage.ts';

export interface Told {
  readonly status: number;
  readonly body: JsonRecord;
  readonly raw: string;
}

export const META: JsonRecord = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

export interface RawOptions {
  readonly capabilities?: JsonRecord;
  readonly meta?: JsonRecord;
  /** `null` takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly more?: JsonRecord;
}

export type Where = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

const NAMES: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
};

/** One request of the newer era, with its envelope and the headers that mirror it. */
export async function send(at: Where, method: string, params: JsonRecord, options: RawOptions = {}): Promise<Told> {
  const meta = { ...META, 'io.modelcontextprotocol/clientCapabilities': options.capabilities ?? {}, ...options.meta };
  const named = params[NAMES[method] ?? ''];
  const headers: Record<string, string | null> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof named === 'string' ? { 'mcp-name': named } : {}),
    ...at.headers,
    ...options.headers,
  };
  const response = await fetch(at.url, {
    method: 'POST',
    headers: Object.entries(headers).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, value]])),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, ...options.more, _meta: meta } }),
  });
  return told(response);
}

export const callTool = (at: Where, name: string, args: JsonRecord = {}, options: RawOptions = {}): Promise<Told> =>
  send(at, 'tools/call', { name, arguments: args }, options);

async function told(response: Response): Promise<Told> {
  const raw = await response.text();
  const last = raw
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .at(-1);
  const parsed: unknown = raw === '' ? {} : JSON.parse(last === undefined ? raw : last.slice(6));
  return { status: response.status, body: isRecord(parsed) ? parsed : {}, raw };
}

export const resultOf = ({ body }: Told): JsonRecord => (isRecord(body['result']) ? body['result'] : {});
export const errorOf = ({ body }: Told): JsonRecord => (isRecord(body['error']) ? body['error'] : {});

/** Code of the denial, in a result or in an error; the number of the protocol where there is none. */
export function codeOf(told: Told): unknown {
  const holder = isRecord(resultOf(told)['_meta']) ? resultOf(told)['_meta'] : errorOf(told)['data'];
  const denial = isRecord(holder) ? holder['countersign/denial'] : undefined;
  return isRecord(denial) ? denial['code'] : errorOf(told)['code'];
}

/** All text of a result. */
export const wordsOf = (told: Told): string => textOf(resultOf(told));
