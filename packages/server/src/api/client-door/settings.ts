/** Where clients fetch their settings: Claude Code by its token, Codex by the secret in its address. In doubt the answer is an error, never nothing. */
import { asFault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { checkCredential, isProblem } from '../../govern/credential.ts';
import type { DeviceRecord } from '../../ports/devices.ts';
import { hashSecret, parseKey } from '../../ports/key-format.ts';
import { settingsChecksum } from '../../ports/settings-checksum.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceKey } from '../devices/secrets.ts';
import type { ApiEnv } from '../http/env.ts';

const SECRET = /^[A-Za-z0-9_-]{43}$/;

const told = (c: Context<ApiEnv>, status: 401 | 404 | 503, message: string): Response => {
  const type = status === 401 ? 'authentication_error' : status === 404 ? 'not_found_error' : 'api_error';
  const headers = status === 401 ? { 'x-should-retry': 'false' } : {};
  return c.json({ type: 'error', error: { type, message } }, status, { 'cache-control': 'no-store', ...headers });
};

export function settingsRoutes(deps: ApiDeps) {
  const routes = new Hono<ApiEnv>();
  routes.onError((thrown, c) => {
    const fault = asFault(thrown);
    deps.log.error('clients.settings', { requestId: c.get('requestId'), code: fault.code, internal: fault.internalText });
    return told(c, 503, 'The settings cannot be read at the moment.');
  });

  routes.get('/managed/settings', async (c) => {
    const device = await deviceOfBearer(deps, c.req.header('authorization'));
    if (device === 'unknown') return told(c, 503, 'Sign-ins cannot be checked at the moment.');
    if (device === undefined) return told(c, 401, 'Sign in to Countersign.');
    const settings = deps.clientFiles.claudeSettings(deviceKey(deps.deviceSecret, device));
    // The device was let in, so that there is a policy; which one is not known now.
    if (settings === undefined) return told(c, 503, 'There are no settings in force at the moment.');
    const checksum = settingsChecksum(settings);
    await deps.devices.served(deps.org, device.id, checksum);
    const etag = `"${checksum}"`;
    c.header('etag', etag);
    c.header('cache-control', 'no-store');
    return c.req.header('if-none-match') === etag ? c.body(null, 304) : c.json({ uuid: device.id, checksum, settings }, 200);
  });

  routes.get('/devices/:secret/codex/config/bundle', async (c) => {
    const secret = c.req.param('secret');
    const device = SECRET.test(secret) ? await deps.devices.byPath(deps.org, hashSecret(secret)) : undefined;
    if (device === undefined || device.client !== 'codex') return told(c, 401, 'This device is not let in.');
    const texts = deps.clientFiles.codexTexts(deviceKey(deps.deviceSecret, device));
    if (texts === undefined) return told(c, 503, 'There are no settings in force at the moment.');
    const part = (contents: string) => ({ enterprise_managed: [{ id: device.id, name: 'Countersign', contents }] });
    const body = { config_toml: part(texts.config), requirements_toml: part(texts.requirements) };
    return c.json(body, 200, { 'cache-control': 'no-store' });
  });
  return routes;
}

/** `unknown`: the view of revocations is too old to say. */
async function deviceOfBearer(deps: ApiDeps, header: string | undefined): Promise<DeviceRecord | 'unknown' | undefined> {
  const [, token] = /^Bearer +([\x21-\x7e]{1,160})$/i.exec(header ?? '') ?? [];
  const key = token === undefined ? undefined : parseKey(token);
  if (key === undefined) return undefined;
  if (!deps.live.fresh() && !(await deps.live.refresh())) return 'unknown';
  const presented = { org: deps.org, kind: 'agent', secret: key.secret, nowMs: deps.clock.now() } as const;
  const record = checkCredential(await deps.live.credential(key.id), presented);
  if (isProblem(record) || record.device === undefined) return undefined;
  const device = await deps.devices.byCredential(deps.org, record.id);
  return device?.client === 'claude' ? device : undefined;
}
