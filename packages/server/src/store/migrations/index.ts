import { ledgerMigration } from './0001-ledger.ts';
import { payloadMigration } from './0002-payload.ts';
import { roadMigration } from './0010-road.ts';
import { approvalMigration } from './0011-approval.ts';
import { identityMigration } from './0012-identity.ts';
import { bundleMigration } from './0013-bundle.ts';
import { toolMigration } from './0020-tool.ts';
import { taskMarkMigration } from './0025-task-mark.ts';
import { memoryMigration } from './0030-memory.ts';
import { egressMigration } from './0032-egress.ts';
import { deviceMigration } from './0034-device.ts';
import { clientEvidenceMigration } from './0036-client-evidence.ts';
import { clientCoverageMigration } from './0037-client-coverage.ts';
import { reviewMigration } from './0038-review.ts';
import { reviewSealMigration } from './0039-review-seal.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';

/** In order. A new step goes to the end; an old one never changes. */
export const MIGRATIONS: readonly Migration[] = [
  ledgerMigration,
  payloadMigration,
  roadMigration,
  approvalMigration,
  identityMigration,
  bundleMigration,
  toolMigration,
  taskMarkMigration,
  memoryMigration,
  egressMigration,
  deviceMigration,
  clientEvidenceMigration,
  clientCoverageMigration,
  reviewMigration,
  reviewSealMigration,
];
