/** Level 5: every payload on disk hashes to its name and is named by an entry; every payload that is gone was erased on record. */
import { join } from 'node:path';
import { asFault } from '@countersign/kernel/fault';
import { BLIND_BYTES } from '@countersign/kernel/ledger';
import { readBounded } from './files.ts';
import type { RelationRecord } from './relations.ts';
import type { Findings } from './report.ts';
import { sha256Hex } from './sha256.ts';

/** Blind and payload of one file. */
const PAYLOAD_FILE_BYTES_MAX = 64 * 1024 * 1024 + BLIND_BYTES;

export const PAYLOAD_NAME = /^[0-9a-f]{64}$/;

export interface PayloadCheck {
  /** Directory of the payload files; null where none were handed over. */
  readonly folder: string | null;
  readonly findings: Findings;
  /** Entries before the first one here were pruned: they may have named what an erasure names. */
  readonly pruned: boolean;
}

/** Checks all records about one payload digest. */
export async function checkPayload(digest: string, records: readonly RelationRecord[], check: PayloadCheck): Promise<void> {
  const { findings, folder, pruned } = check;
  const named = records.find(({ event }) => event === 'payload' || event === 'digest only');
  const erased = records.find(({ event }) => event === 'erased');
  const onDisk = records.some(({ event }) => event === 'file');
  if (named === undefined) {
    if (onDisk) findings.add(5, `no entry names the payload ${digest}`);
    if (!pruned && erased !== undefined)
      findings.add(5, `an erasure names the payload ${digest}, and no entry does`, { index: erased.index });
    return;
  }
  findings.count(5, 'referenced');
  if (onDisk) {
    if (erased !== undefined)
      findings.add(5, `the payload ${digest} is on record as erased, and is still there`, { index: erased.index });
    await checkFile(digest, named, check);
  } else if (erased !== undefined) findings.count(5, 'erased, accounted for');
  else if (named.event === 'digest only') findings.count(5, 'digest only');
  else if (folder === null) findings.count(5, 'not handed over');
  else findings.add(5, `the payload ${digest} is missing, and no erasure accounts for it`, { index: named.index });
}

async function checkFile(digest: string, named: RelationRecord, { folder, findings }: PayloadCheck): Promise<void> {
  try {
    const bytes = await readBounded(join(folder ?? '', digest), PAYLOAD_FILE_BYTES_MAX);
    if (bytes === null || sha256Hex(bytes) !== digest)
      findings.add(5, `the payload ${digest} has other content`, { index: named.index });
    else if (bytes.length !== named.amount + BLIND_BYTES)
      findings.add(5, `the payload ${digest} has another length than its entry says`, { index: named.index });
    else findings.count(5, 'verified');
  } catch (thrown) {
    findings.add(5, `the payload ${digest} cannot be read: ${asFault(thrown).publicText}`, { index: named.index });
  }
}
