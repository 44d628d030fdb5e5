/**
 * The starter that `countersign init` copies. Its single source is `governance/` at the root of the workspace, which is tested as it stands there;
 * sources and build output lie equally deep below the root, so one relative address serves both. A packed server carries a copy beside its code.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Fault } from '@countersign/kernel/fault';

const PLACES = ['../../../../governance', '../governance'];

/** @throws Fault config.invalid when neither is there */
export function starterDirectory(): string {
  for (const place of PLACES) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(`${path}/countersign.yaml`)) return path;
  }
  throw new Fault('config.invalid', 'The starter governance directory is not part of this installation.');
}
