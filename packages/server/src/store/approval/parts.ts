import type { StateParts } from '../record/parts.ts';

export type ApprovalParts = StateParts;
