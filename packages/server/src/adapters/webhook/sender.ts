/** Delivers one message to one endpoint: signed, with a deadline, without following redirects, without reading much of the answer. */
import { asFault } from '@countersign/kernel/fault';
import { Agent, request } from 'undici';
import type { Clock } from '../../ports/clock.ts';
import type { Delivered, WebhookSender } from '../../ports/webhook.ts';
import type { ReadSecret } from './secret.ts';
import { webhookHeaders, webhookKey } from './sign.ts';

/** A receiver that needs longer should answer first and work afterwards. */
const DELIVERY_TIMEOUT_MS = 10_000;

interface SenderDeps {
  readonly clock: Clock;
  readonly secret: ReadSecret;
  readonly version: string;
  readonly timeoutMs?: number;
}

const failed = (permanent: boolean, reason: string): Delivered => ({ ok: false, permanent, reason });

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Plain HTTP would show the message to everyone on the way; it is for this machine only. */
function checkedUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)) ? url : undefined;
}

function verdictOf(status: number): Delivered {
  if (status >= 200 && status < 300) return { ok: true };
  // 410 is how an endpoint says that it is gone for good.
  return failed(status === 410, `the endpoint answered ${status}`);
}

/** Close it when the process ends. */
interface ClosableSender extends WebhookSender {
  close(): Promise<void>;
}

export function createWebhookSender(deps: SenderDeps): ClosableSender {
  const timeoutMs = deps.timeoutMs ?? DELIVERY_TIMEOUT_MS;
  const dispatcher = new Agent({
    connections: 4,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
  });
  return {
    async send(hook, { id, at, kind, body }) {
      const url = checkedUrl(hook.url);
      if (url === undefined) return failed(true, 'the URL is not https');
      try {
        const key = webhookKey(await deps.secret(hook.secret));
        const text = JSON.stringify({ type: kind, timestamp: at, data: body });
        const signed = webhookHeaders([key], { id, timestamp: Math.floor(deps.clock.now() / 1_000), body: text });
        const headers = { 'content-type': 'application/json', 'user-agent': `Countersign/${deps.version}`, ...signed };
        const answer = await request(url, {
          method: 'POST',
          headers,
          body: text,
          dispatcher,
          signal: AbortSignal.timeout(timeoutMs),
        });
        await answer.body.dump({ limit: 65_536 }).catch(() => undefined);
        return verdictOf(answer.statusCode);
      } catch (thrown) {
        const fault = asFault(thrown);
        return failed(false, fault.internalText ?? fault.publicText);
      }
    },
    close: () => dispatcher.close(),
  };
}
