export { CLAIM_MS, insertOutbox, openOutbox } from './outbox.ts';
export type { Outbox, OutboxDraft, OutboxKind, OutboxMessage } from './outbox.ts';
