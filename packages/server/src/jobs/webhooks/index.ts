export { ATTEMPTS_MAX, RETRY_MS, retryAfter } from './retry.ts';
export { createWebhookJob } from './sender-job.ts';
