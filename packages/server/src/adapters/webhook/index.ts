export { secretReader, type ReadSecret } from './secret.ts';
export { createWebhookSender, DELIVERY_TIMEOUT_MS, type ClosableSender, type SenderDeps } from './sender.ts';
export { webhookHeaders, webhookKey, type SignedParts } from './sign.ts';
