/** Model calls as plain HTTP, for tests that look at the answer as it came. */
import { randomUUID } from 'node:crypto';

export type Wire = 'responses' | 'chat' | 'messages';
export const WIRES: readonly Wire[] = ['responses', 'chat', 'messages'];

export const PATHS: Readonly<Record<Wire, string>> = {
  responses: '/v1/responses',
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
};

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly json: Record<string, unknown> | undefined;
}

const MODELS: Readonly<Record<Wire, string>> = { responses: 'gpt-5.5', chat: 'gpt-5.5', messages: 'claude-sonnet-5-5' };

/** A body that is good for its format; no two are the same unless `text` says so. */
export function bodyOf(
  wire: Wire,
  changes: Readonly<Record<string, unknown>> = {},
  text: string = randomUUID(),
): Record<string, unknown> {
  const own = {
    responses: { max_output_tokens: 300, input: text },
    chat: { max_completion_tokens: 300, messages: [{ role: 'user', content: text }] },
    messages: { max_tokens: 300, messages: [{ role: 'user', content: text }] },
  }[wire];
  return { model: MODELS[wire], ...own, ...changes };
}

export interface CallOptions {
  readonly wire?: Wire;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function call(
  url: string,
  key: string | undefined,
  { wire = 'responses', body = bodyOf(wire), headers = {}, signal }: CallOptions = {},
): Promise<Told> {
  const response = await fetch(url + PATHS[wire], {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
    body:
      typeof body === 'string' || body instanceof Uint8Array ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
}

export function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The code of an error in either vendor's form; of Anthropic's it stands at the end of the sentence. */
export function codeOf({ json }: Told): string | undefined {
  const error = json?.['error'] as { code?: string; message?: string } | undefined;
  return error?.code ?? /\[([a-z0-9.-]+), request /.exec(error?.message ?? '')?.[1];
}
