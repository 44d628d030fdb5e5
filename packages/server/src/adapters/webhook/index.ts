export { secretReader } from './secret.ts';
export { createWebhookSender } from './sender.ts';
