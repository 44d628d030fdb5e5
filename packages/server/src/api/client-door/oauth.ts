/** Signing a client in, as OAuth 2.0 device authorization grant (RFC 8628) and refresh with rotation. */
import { randomBytes, randomInt } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { isoTime } from '../../ports/clock.ts';
import { CLIENT_NAMES, type ClientName } from '../../ports/clients.ts';
import type { DeviceRecord, TokenDraft } from '../../ports/devices.ts';
import { formatKey, hashSecret, newSecret, parseKey, secretMatches } from '../../ports/key-format.ts';
import type { ApiDeps } from '../deps.ts';
import { CODE_LETTERS } from '../devices/authorize.ts';
import { devicePath, newRefreshToken, refreshTokenDevice } from '../devices/secrets.ts';
import { boundedBody } from '../http/body.ts';
import type { ApiEnv } from '../http/env.ts';

/** Life of an access token; the client refreshes it before. */
export const ACCESS_MS = 3_600_000;
/** A person has this long to confirm the code. */
const LOGIN_MS = 600_000;
const POLL_SECONDS = 5;
const FORM_BYTES_MAX = 8_192;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Values of the parameter with which a client says what it is. */
const SURFACES: Readonly<Record<string, ClientName>> = { claude_code: 'claude', codex: 'codex' };

type OAuthError =
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_grant'
  | 'invalid_request'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable';

const failed = (c: Context<ApiEnv>, error: OAuthError, status: 400 | 401 | 429 | 503 = 400): Response =>
  c.json({ error }, status, { 'cache-control': 'no-store' });

export function oauthRoutes(deps: ApiDeps) {
  const oauth = new Hono<ApiEnv>();
  const origin = (): string => deps.snapshots.current()?.settings.clients?.origin ?? deps.publicUrl;

  oauth.get('/.well-known/oauth-authorization-server', (c) =>
    c.json({
      issuer: origin(),
      device_authorization_endpoint: `${origin()}/oauth/device_authorization`,
      token_endpoint: `${origin()}/oauth/token`,
      revocation_endpoint: `${origin()}/oauth/revoke`,
      grant_types_supported: [DEVICE_GRANT, 'refresh_token'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['none'],
    }),
  );

  oauth.use('/oauth/*', boundedBody({ maxBytes: () => FORM_BYTES_MAX, form: true, timeoutMs: deps.bodyMs }));

  oauth.post('/oauth/device_authorization', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const client = SURFACES[form.get('surface') ?? ''];
    // Only clients that the bundle manages may even ask.
    if (client === undefined || managed(deps)?.[client] === undefined || managed(deps)?.[client] === null)
      return failed(c, 'invalid_request');
    const deviceCode = randomBytes(32).toString('base64url');
    const userCode = newUserCode();
    const now = deps.clock.now();
    try {
      await deps.devices.begin({
        org: deps.org,
        codeHash: hashSecret(deviceCode),
        userCode,
        client,
        userAgent: (c.req.header('user-agent') ?? '').slice(0, 200),
        createdAt: isoTime(now),
        expiresAt: isoTime(now + LOGIN_MS),
        state: 'open',
        device: null,
      });
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'request.rate-limited') return failed(c, 'temporarily_unavailable', 503);
      throw thrown;
    }
    const verification = `${origin()}/device`;
    return c.json(
      {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: verification,
        verification_uri_complete: `${verification}?user_code=${userCode}`,
        expires_in: LOGIN_MS / 1_000,
        interval: POLL_SECONDS,
        login_notice: 'An approver of your organisation confirms this code.',
      },
      200,
      { 'cache-control': 'no-store' },
    );
  });

  oauth.post('/oauth/token', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    switch (form.get('grant_type')) {
      case DEVICE_GRANT:
        return deviceGrant(deps, c, form.get('device_code') ?? '', origin());
      case 'refresh_token':
        return refreshGrant(deps, c, form.get('refresh_token') ?? '');
      default:
        return failed(c, 'unsupported_grant_type');
    }
  });

  // RFC 7009: a token that is not known is as good as revoked.
  oauth.post('/oauth/revoke', async (c) => {
    const token = new URLSearchParams(await c.req.text()).get('token') ?? '';
    const device = await deviceOfToken(deps, token);
    if (device !== undefined) await deps.devices.revoke(deps.org, device.id, device.onBehalfOf, 'signed out at the machine');
    return c.body(null, 200);
  });
  return oauth;
}

const managed = (deps: ApiDeps) => {
  const settings = deps.snapshots.current()?.settings.clients;
  return settings === undefined ? undefined : Object.fromEntries(CLIENT_NAMES.map((name) => [name, settings[name]]));
};

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

interface Minted {
  readonly access: string;
  readonly refresh: string;
}

/** A fresh pair; the texts are known once the store called for them. */
function minting(deps: ApiDeps): { readonly token: (device: DeviceRecord) => TokenDraft; readonly minted: () => Minted } {
  const [id, secret] = [deps.newId('crd'), newSecret()];
  let refresh = '';
  return {
    minted: () => ({ access: formatKey('agent', id, secret), refresh }),
    token: (device) => {
      refresh = newRefreshToken(deps.deviceSecret, device);
      const nowMs = deps.clock.now();
      const end = Math.min(nowMs + ACCESS_MS, Date.parse(device.expiresAt));
      return {
        nowMs,
        refreshHash: hashSecret(refresh),
        access: {
          id,
          org: device.org,
          kind: 'agent',
          subject: device.agent,
          secretHash: hashSecret(secret),
          mandate: null,
          onBehalfOf: device.onBehalfOf,
          createdAt: isoTime(nowMs),
          expiresAt: isoTime(end),
          revokedAt: null,
        },
      };
    },
  };
}

function granted(c: Context<ApiEnv>, { access, refresh }: Minted, more: Readonly<Record<string, string>> = {}): Response {
  const body = { access_token: access, token_type: 'Bearer', expires_in: ACCESS_MS / 1_000, refresh_token: refresh, ...more };
  return c.json(body, 200, { 'cache-control': 'no-store' });
}

async function deviceGrant(deps: ApiDeps, c: Context<ApiEnv>, code: string, origin: string): Promise<Response> {
  const { token, minted } = minting(deps);
  const poll = await deps.devices.poll(deps.org, hashSecret(code), token);
  switch (poll.state) {
    case 'pending':
      return failed(c, 'authorization_pending');
    case 'slow':
      return failed(c, 'slow_down');
    case 'refused':
      return failed(c, 'access_denied');
    case 'expired':
      return failed(c, 'expired_token');
    case 'authorized': {
      const { device } = poll;
      const address = `${origin}/devices/${devicePath(deps.deviceSecret, device)}`;
      return granted(c, minted(), device.client === 'codex' ? { config_server: address } : {});
    }
  }
}

async function refreshGrant(deps: ApiDeps, c: Context<ApiEnv>, refresh: string): Promise<Response> {
  const snapshot = deps.snapshots.current();
  // Nothing is known: the client keeps its token and comes again.
  if (snapshot === undefined) return failed(c, 'temporarily_unavailable', 503);
  const { token, minted } = minting(deps);
  const stays = (device: DeviceRecord): TokenDraft => {
    const agent = snapshot.agents.get(device.agent);
    if (agent === undefined || agent.disabled || !snapshot.people.has(device.onBehalfOf)) throw new Gone();
    return token(device);
  };
  try {
    const named = refreshTokenDevice(deps.deviceSecret, refresh);
    const device = await deps.devices.refresh(deps.org, hashSecret(refresh), stays, named);
    return device === undefined ? failed(c, 'invalid_grant', 401) : granted(c, minted());
  } catch (thrown) {
    if (thrown instanceof Gone) return failed(c, 'invalid_grant', 401);
    throw thrown;
  }
}

/** The bundle in force knows the agent or the person no more: the transaction is undone, and the client is told to sign in anew. */
class Gone extends Error {}

async function deviceOfToken(deps: ApiDeps, token: string): Promise<DeviceRecord | undefined> {
  const key = parseKey(token);
  if (key === undefined) return undefined;
  const record = await deps.live.credential(key.id);
  if (record === undefined || !secretMatches(key.secret, record.secretHash)) return undefined;
  return deps.devices.byCredential(deps.org, key.id);
}
