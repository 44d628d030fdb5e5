// bubblewrap, which sandboxes are made with. A server without it runs everything but commands.
import { spawnSync } from 'node:child_process';

const OLDEST = [0, 8];

/** @returns {{ version: string, enough: boolean } | undefined} what is on the path */
export function findBubblewrap() {
  const { status, stdout } = spawnSync('bwrap', ['--version'], { encoding: 'utf8' });
  const [, version, major, minor] = /((\d+)\.(\d+)\S*)/.exec(status === 0 ? stdout : '') ?? [];
  if (version === undefined) return undefined;
  return { version, enough: Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]) };
}

const canInstall = () => process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** Tries Debian's package when this may be done without asking anybody; never throws. */
export function installBubblewrap() {
  if (!canInstall()) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'bubblewrap'], { stdio: 'ignore', env }).status ===
    0;
  if (install()) return true;
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
  return install();
}
