/** The installation's three keys, each in a file of its own that only we may read. Nodes of one installation hold the same files. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadSigningKey } from '../adapters/keys/signing-key.ts';
import type { LogKey } from '../ports/ledger.ts';
import type { Signer } from '../ports/signer.ts';
import { loadLogKey } from '../store/ledger/index.ts';
import { type KeyWrapper, loadMasterKey } from '../store/payload/index.ts';

export interface Keys {
  /** Signs mandates and bundles. */
  readonly signer: Signer;
  /** Signs checkpoints of the ledger. */
  readonly log: LogKey;
  /** Wraps the keys of payloads. */
  readonly master: KeyWrapper;
}

/** @throws Fault config.invalid when a file can be read by others, or is not what it should be */
export function openKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    signer: loadSigningKey(join(folder, 'signing.key')),
    log: loadLogKey(join(folder, 'log.key')),
    master: loadMasterKey(join(folder, 'master.key')),
  };
}
