export { sweepApprovals } from './close.ts';
export type { ApprovalParts } from './parts.ts';
export { PostgresApprovals } from './store.ts';
