/** `Idempotency-Key`: the same key with the same request gets the first answer again, and has no second effect. */
import { createHash } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { IdempotencySlot, StoredAnswer } from '../../ports/idempotency.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from './env.ts';

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Answers longer than this are not kept; the request may then be repeated. */
const ANSWER_CHARS_MAX = 262_144;
const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const;

async function fingerprintOf(c: Context<ApiEnv>): Promise<string> {
  const url = new URL(c.req.url);
  return createHash('sha256')
    .update([c.req.method, url.pathname, url.search, await c.req.text()].join('\n'))
    .digest('hex');
}

function replay(c: Context<ApiEnv>, answer: StoredAnswer): Response {
  for (const [name, value] of Object.entries(answer.headers)) c.header(name, value);
  c.header('idempotency-replayed', 'true');
  return c.body(answer.body, answer.status as 200);
}

/** Streams are not kept, nor are answers that a retry may well improve. */
const keepable = (res: Response) =>
  res.status < 500 &&
  res.status !== 401 &&
  /json/.test(res.headers.get('content-type') ?? '') &&
  !/ndjson/.test(res.headers.get('content-type') ?? '');

async function settle(c: Context<ApiEnv>, deps: ApiDeps, slot: IdempotencySlot): Promise<void> {
  if (!keepable(c.res)) return deps.idempotency.abandon(slot);
  const body = c.get('keepInstead') ?? (await c.res.clone().text());
  if (body.length > ANSWER_CHARS_MAX) return deps.idempotency.abandon(slot);
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = c.res.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return deps.idempotency.finish(slot, { status: c.res.status, headers, body });
}

export const idempotent = (deps: ApiDeps) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (c.req.method !== 'POST' || key === undefined) return next();
    if (!IDEMPOTENCY_KEY.test(key))
      throw new Fault('request.invalid', 'An `Idempotency-Key` is 1 to 255 printable ASCII characters.');
    const caller = c.get('caller');
    const slot = { org: deps.org, caller: `${caller.kind}:${caller.id}`, key };
    const found = await deps.idempotency.begin(slot, await fingerprintOf(c));
    switch (found.state) {
      case 'done':
        return replay(c, found.answer);
      case 'running':
        throw new Fault(
          'request.conflict',
          'The first request with this `Idempotency-Key` is still at work; ask again in a moment.',
        );
      case 'mismatch':
        throw new Fault('request.conflict', 'This `Idempotency-Key` was used for another request.');
      case 'new':
        await next();
        return settle(c, deps, slot);
    }
  });
