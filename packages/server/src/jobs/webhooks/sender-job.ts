/** Sends what is due in the outbox to the endpoints that the bundle names. Any number of nodes may run it: a claimed message is hidden from the others. */
import { type Clock, isoTime } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SnapshotSource, WebhookRecord } from '../../ports/registry.ts';
import type { DueMessage, DueMessages, WebhookSender } from '../../ports/webhook.ts';
import { retryAfter } from './retry.ts';

/** How often the outbox is looked at, milliseconds. */
const WEBHOOK_POLL_MS = 1_000;
const CLAIM_LIMIT = 20;
/** Deliveries of half-done messages that this node remembers, so that a retry does not repeat them. */
const REMEMBERED_MAX = 10_000;

interface WebhookJobDeps {
  readonly outbox: DueMessages;
  readonly sender: WebhookSender;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  readonly pollMs?: number;
}

interface WebhookJob {
  /** One look at the outbox. @returns messages handled */
  once(): Promise<number>;
  start(): void;
  /** Resolves when nothing is being sent any more. */
  stop(): Promise<void>;
}

/** By name, `*`, or all of a family: `approval.*`. */
const wants = (hook: WebhookRecord, kind: string): boolean =>
  hook.events.some((event) => event === kind || event === '*' || (event.endsWith('.*') && kind.startsWith(event.slice(0, -1))));

export function createWebhookJob(deps: WebhookJobDeps): WebhookJob {
  const sentTo = new Set<string>();
  let stopping = false;
  let running: Promise<void> | undefined;
  let wake: () => void = () => undefined;

  const remember = (name: string) => {
    sentTo.add(name);
    for (const oldest of sentTo) {
      if (sentTo.size <= REMEMBERED_MAX) break;
      sentTo.delete(oldest);
    }
  };

  /** @returns why it is not delivered everywhere, or undefined */
  async function deliver(
    message: DueMessage,
    hooks: readonly WebhookRecord[],
  ): Promise<{ permanent: boolean; reason: string } | undefined> {
    const { id, kind, body } = message;
    const at = isoTime(deps.clock.now());
    const results = await Promise.all(
      hooks.map(async (hook) => {
        const name = `${message.org}\0${id}\0${hook.id}`;
        if (sentTo.has(name)) return undefined;
        const result = await deps.sender.send(hook, { id, at, kind, body });
        if (result.ok) {
          remember(name);
          return undefined;
        }
        deps.log.warn('webhook.failed', {
          webhook: hook.id,
          message: id,
          kind,
          attempts: message.attempts + 1,
          reason: result.reason,
        });
        return { permanent: result.permanent, reason: `${hook.id}: ${result.reason}` };
      }),
    );
    const failures = results.filter((result) => result !== undefined);
    if (failures.length === 0) return undefined;
    return { permanent: failures.every(({ permanent }) => permanent), reason: failures.map(({ reason }) => reason).join('; ') };
  }

  async function handle(message: DueMessage): Promise<void> {
    const { org, id, kind, attempts } = message;
    const snapshot = deps.snapshots.current();
    // Without a bundle nobody knows whom to tell: the message waits.
    if (snapshot === undefined) return deps.outbox.markFailed(org, id, retryAfter(0, deps.random()), 'no bundle is in force');
    const failure = await deliver(
      message,
      snapshot.webhooks.filter((hook) => wants(hook, kind)),
    );
    if (failure === undefined) return deps.outbox.markDelivered(org, id);
    const retryMs = failure.permanent ? null : retryAfter(attempts, deps.random());
    if (retryMs === null)
      deps.log.error('webhook.given-up', { message: id, kind, attempts: attempts + 1, reason: failure.reason });
    return deps.outbox.markFailed(org, id, retryMs, failure.reason);
  }

  async function once(): Promise<number> {
    const due = await deps.outbox.claimOutbox(CLAIM_LIMIT);
    await Promise.all(due.map(handle));
    return due.length;
  }

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deps.pollMs ?? WEBHOOK_POLL_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function loop(): Promise<void> {
    while (!stopping) {
      try {
        if ((await once()) === CLAIM_LIMIT) continue;
      } catch (thrown) {
        deps.log.error('webhook.outbox', { internal: thrown instanceof Error ? thrown.message : 'a non-error was thrown' });
      }
      if (!stopping) await pause();
    }
  }

  return {
    once,
    start() {
      running ??= loop();
    },
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}
