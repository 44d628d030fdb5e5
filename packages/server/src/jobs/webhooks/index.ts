export { ATTEMPTS_MAX, RETRY_MS, retryAfter } from './retry.ts';
export { createWebhookJob, WEBHOOK_POLL_MS, type WebhookJob, type WebhookJobDeps } from './sender-job.ts';
