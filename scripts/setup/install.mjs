// Packages, installed exactly as the lockfile says, and only when it has changed since the last time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKER = 'node_modules/.countersign-installed';

/** What an installation depends on: the lockfile, the manifests that it must agree with, and the platform of the binaries. */
function stateOf(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const path of ['package-lock.json', 'package.json', 'packages/kernel/package.json', 'packages/server/package.json'])
    hash.update('\0').update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** @returns true when something was installed */
export function installPackages(root) {
  const state = stateOf(root);
  const marker = join(root, MARKER);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === state) return false;
  // Both groups by name: a machine-wide NODE_ENV=production or omit=optional must not take the tests or the database away.
  const npm = spawnSync('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (npm.error !== undefined) throw new Error(`npm cannot be started: ${npm.error.message}`);
  if (npm.status !== 0) throw new Error('`npm ci` failed; its own message is above');
  writeFileSync(marker, state);
  return true;
}
