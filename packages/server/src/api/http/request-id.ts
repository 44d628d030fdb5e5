/** Gives every request an id that is in its answer, in its problem documents and in the log; takes up the caller's trace. */
import { randomBytes } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { NewId } from '../../ports/clock.ts';
import type { ApiEnv } from './env.ts';

const OFFERED = /^[\x21-\x7e]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

export const requestIds = (newId: NewId) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const offered = c.req.header('x-request-id') ?? '';
    const requestId = OFFERED.test(offered) ? offered : newId('req');
    const trace = TRACEPARENT.exec(c.req.header('traceparent') ?? '')?.[1];
    c.set('requestId', requestId);
    c.set('trace', trace !== undefined && !/^0+$/.test(trace) ? trace : randomBytes(16).toString('hex'));
    c.header('x-request-id', requestId);
    c.header('x-content-type-options', 'nosniff');
    c.header('cache-control', 'no-store');
    await next();
  });
