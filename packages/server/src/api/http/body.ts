/** Reads a request body once, bounded, before any route sees it: size, content type, UTF-8, depth and well-formedness are settled here. */
import { Fault } from '@countersign/kernel/fault';
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './env.ts';

/** Bytes of an ordinary request. */
export const BODY_BYTES_MAX = 1_048_576;
/** Bytes of a request that carries a whole governance directory. */
export const BUNDLE_BYTES_MAX = 16_777_216;
/** For a whole body: whoever sends slower than this is refused, not waited for. */
export const BODY_TIMEOUT_MS = 30_000;
/** Nesting of a request; nothing of ours is deeper than ten. */
export const BODY_DEPTH_MAX = 64;

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;|$)/i;
export const FORM_TYPE = /^application\/x-www-form-urlencoded(?:\s*;|$)/i;

const tooLarge = (max: number) =>
  new Fault('request.too-large', `The body is larger than the ${max} bytes that this endpoint takes.`);

/** @throws Fault request.too-large as soon as it is known, request.timeout */
export async function readBounded(raw: Request, max: number, timeoutMs: number = BODY_TIMEOUT_MS): Promise<Uint8Array> {
  const declared = Number(raw.headers.get('content-length') ?? 0);
  if (declared > max) throw tooLarge(max);
  if (raw.body === null) return new Uint8Array();
  const reader = raw.body.getReader();
  let late = false;
  // A cancelled reader ends its pending read, so that the loop below sees the time as an end of the body.
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => undefined);
  }, timeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new Fault('request.timeout', 'The body did not arrive in time.');
      if (done) return Buffer.concat(chunks, size);
      size += value.length;
      if (size > max) {
        await reader.cancel().catch(() => undefined);
        throw tooLarge(max);
      }
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Deepest nesting of brackets outside strings; also right for text that is not JSON. */
export function nesting(text: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('request.invalid', 'The body is not valid UTF-8.', { cause });
  }
}

function checkJson(text: string): void {
  if (nesting(text) > BODY_DEPTH_MAX)
    throw new Fault('request.invalid', `The body is nested deeper than ${BODY_DEPTH_MAX} levels.`);
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Fault('request.invalid', 'The body is not well-formed JSON.', { cause });
  }
}

/** `form`: this part of the API takes HTML forms instead of JSON. */
export const boundedBody = (options: { maxBytes: (path: string) => number; form?: boolean; timeoutMs?: number | undefined }) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const bytes = await readBounded(c.req.raw, options.maxBytes(c.req.path), options.timeoutMs);
    const type = c.req.header('content-type') ?? '';
    if (bytes.length > 0 && !(options.form ? FORM_TYPE : JSON_TYPE).test(type)) {
      const wanted = options.form ? 'application/x-www-form-urlencoded' : 'application/json';
      throw new Fault('request.media-type', `This endpoint takes \`${wanted}\`.`);
    }
    const text = decode(bytes);
    if (!options.form && bytes.length > 0) checkJson(text);
    // The stream is spent: whoever reads the body from here on finds this text.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    await next();
  });
