// Peers are installed from npm outside the workspace, with lockfiles of their own: what they bring is theirs alone.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FILES = ['package.json', 'package-lock.json', '.npmrc'];

export const placeOf = (name) => resolve(import.meta.dirname, '../.work', name);

/** @param name folder beside this file @returns seconds that the installation took, 0 when it was there */
export function installPeer(name) {
  const source = resolve(import.meta.dirname, name);
  const place = placeOf(name);
  const wanted = readFileSync(join(source, 'package-lock.json'), 'utf8');
  const marker = join(place, 'installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return 0;
  const from = performance.now();
  mkdirSync(place, { recursive: true });
  for (const file of FILES) copyFileSync(join(source, file), join(place, file));
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (npm.status !== 0) throw new Error(`${name} could not be installed from npm`);
  writeFileSync(marker, wanted);
  return (performance.now() - from) / 1000;
}
