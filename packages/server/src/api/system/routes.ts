/** Health, readiness, metrics and the documents that problem types point at. No credential: they say nothing about anybody. */
import { Hono } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import { notFoundHandler } from '../http/problem.ts';
import { prometheusText } from './metrics.ts';

const DOCUMENT = /^\/docs\/((?:[a-z0-9][a-z0-9.-]{0,80}\/){0,3}[a-z0-9][a-z0-9.-]{0,80})$/;

export function systemRoutes(deps: ApiDeps) {
  const group = new Hono<ApiEnv>();
  group.get('/healthz', (c) => c.json({ status: 'ok', version: deps.version }, 200));
  group.get('/readyz', async (c) => {
    const { ready, checks } = await deps.readiness();
    return c.json({ status: ready ? 'ready' : 'not ready', checks: { ...checks } }, ready ? 200 : 503);
  });
  group.get('/metrics', (c) =>
    c.body(prometheusText(deps.counters()), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  group.get('/docs/*', (c) => {
    const [, path] = DOCUMENT.exec(c.req.path) ?? [];
    const text = path === undefined || path.includes('..') ? undefined : deps.document(path);
    return text === undefined
      ? notFoundHandler(c)
      : c.body(text, 200, { 'content-type': 'text/markdown; charset=utf-8', 'cache-control': 'public, max-age=300' });
  });
  return group;
}
