/** Headers of every page, and the refusal of forms that other sites send. */
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../http/env.ts';
import { noticePage } from './frame.ts';

const CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const guarded = createMiddleware<ApiEnv>(async (c, next) => {
  c.header('content-security-policy', CSP);
  c.header('x-frame-options', 'DENY');
  c.header('referrer-policy', 'same-origin');
  c.header('cross-origin-opener-policy', 'same-origin');
  c.header('cross-origin-resource-policy', 'same-origin');
  // A form that another site sends is refused before its token is looked at.
  const site = c.req.header('sec-fetch-site');
  if (c.req.method === 'POST' && site !== undefined && site !== 'same-origin') {
    return c.html(noticePage('Refused', 'This form was not sent from this page.'), 403);
  }
  await next();
});
