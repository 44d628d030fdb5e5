export { insertOutbox, openOutbox } from './outbox.ts';
export type { Outbox, OutboxDraft } from './outbox.ts';
