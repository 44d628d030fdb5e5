/** The checksum that Claude Code computes over the settings it holds: over compact JSON with the members sorted at every level. */
import { createHash } from 'node:crypto';
import type { JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';

/** `sha256:` and 64 hex digits. */
export const settingsChecksum = (settings: JsonRecord): string =>
  `sha256:${createHash('sha256').update(canonicalize(settings), 'utf8').digest('hex')}`;
