/** Puts the API together: one Hono application for /api, /access, /.well-known, /approve, /docs and the probes. */
import { getRequestListener } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import { agentRoutes } from './agents/routes.ts';
import { approvalRoutes } from './approvals/routes.ts';
import { pageRoutes } from './approve-page/routes.ts';
import { authzenMetadata, authzenRoutes } from './authzen/routes.ts';
import { breakGlassRoutes } from './break-glass/routes.ts';
import { budgetRoutes } from './budgets/routes.ts';
import { bundleRoutes } from './bundles/routes.ts';
import { evidenceRoutes } from './client-evidence/routes.ts';
import { commandRoutes } from './commands/routes.ts';
import { decisionRoutes } from './decisions/routes.ts';
import type { ApiDeps } from './deps.ts';
import { egressRoutes } from './egress/routes.ts';
import { oauthRoutes } from './client-door/oauth.ts';
import { settingsRoutes } from './client-door/settings.ts';
import { devicePageRoutes } from './device-page/routes.ts';
import { deviceRoutes } from './devices/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { authenticated } from './http/auth.ts';
import { BODY_BYTES_MAX, boundedBody, BUNDLE_BYTES_MAX } from './http/body.ts';
import type { ApiEnv } from './http/env.ts';
import { idempotent } from './http/idempotency.ts';
import { errorHandler, invalidHook, notFoundHandler } from './http/problem.ts';
import { requestIds } from './http/request-id.ts';
import { JobDesk } from './jobs/desk.ts';
import { jobRoutes } from './jobs/routes.ts';
import { killSwitchRoutes } from './kill-switches/routes.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { mandateRoutes } from './mandates/routes.ts';
import { memoryRoutes } from './memories/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import { reviewRoutes } from './reviews/routes.ts';
import { systemRoutes } from './system/routes.ts';
import { taskRoutes } from './tasks/routes.ts';
import { toolRoutes } from './tools/routes.ts';
import { whoamiRoutes } from './whoami/routes.ts';

/** Requests that carry a whole governance directory. */
const LARGE = new Set(['/api/v1/bundles/plan', '/api/v1/bundles/apply', '/api/v1/backtests']);

export interface Api {
  readonly hono: OpenAPIHono<ApiEnv>;
  /** OpenAPI 3.1, from the definitions that route and validate. */
  readonly document: () => object;
  /** Stops jobs, and ends streams that would go on. */
  readonly close: () => void;
}

function managementApi(deps: ApiDeps, desk: JobDesk, stopping: AbortSignal) {
  const api = new OpenAPIHono<ApiEnv>({ defaultHook: invalidHook });
  const groups = [
    taskRoutes,
    mandateRoutes,
    agentRoutes,
    peopleRoutes,
    killSwitchRoutes,
    approvalRoutes,
    breakGlassRoutes,
    budgetRoutes,
    decisionRoutes,
    ledgerRoutes,
    memoryRoutes,
    reviewRoutes,
    egressRoutes,
    bundleRoutes,
    commandRoutes,
    deviceRoutes,
    evidenceRoutes,
    toolRoutes,
    whoamiRoutes,
  ];
  for (const routes of groups) api.route('/', routes(deps));
  api.route('/', eventRoutes(deps, stopping));
  api.route('/', jobRoutes(deps, desk));
  return api;
}

export function createApi(deps: ApiDeps): Api {
  const hono = new OpenAPIHono<ApiEnv>({ defaultHook: invalidHook });
  const desk = new JobDesk(deps);
  const stopping = new AbortController();
  hono.onError(errorHandler(deps.log));
  hono.notFound(notFoundHandler);
  hono.use('*', requestIds(deps.newId));
  hono.route('/', systemRoutes(deps));
  hono.route('/', authzenMetadata(deps));
  hono.get('/api/v1/openapi.json', (c) => c.json(document(), 200));
  hono.route('/', pageRoutes(deps));
  hono.route('/', devicePageRoutes(deps));
  hono.route('/', oauthRoutes(deps));
  hono.route('/', settingsRoutes(deps));
  hono.use('/api/v1/*', authenticated(deps));
  hono.use('/access/v1/*', authenticated(deps));
  // After the credential: nobody unknown makes us read a body.
  const body = boundedBody({
    maxBytes: (path) => (LARGE.has(path) ? BUNDLE_BYTES_MAX : BODY_BYTES_MAX),
    timeoutMs: deps.bodyMs,
  });
  hono.use('/api/v1/*', body, idempotent(deps));
  hono.use('/access/v1/*', body);
  hono.route('/api/v1', managementApi(deps, desk, stopping.signal));
  hono.route('/', authzenRoutes(deps));
  const document = () => openApiDocument(hono, deps);
  return {
    hono,
    document,
    close() {
      stopping.abort();
      desk.close();
    },
  };
}

function openApiDocument(hono: OpenAPIHono<ApiEnv>, deps: ApiDeps): object {
  hono.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A static key (`csk_...`), or an OIDC token of an agent',
  });
  return hono.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: deps.version,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: deps.publicUrl }],
    security: [{ key: [] }],
  });
}

/** Request listener for `node:http`. */
export const apiListener = (api: Api) => getRequestListener(api.hono.fetch, { overrideGlobalObjects: false });
