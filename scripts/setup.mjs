// Makes a checkout ready: packages, build, a database for the embedded mode. Safe to run again; quick when nothing is to be done.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { findBubblewrap, installBubblewrap } from './setup/bubblewrap.mjs';
import { installPackages } from './setup/install.mjs';
import { findPostgres, installPostgres } from './setup/postgres.mjs';

const root = resolve(import.meta.dirname, '..');
const NODE_FLOOR = [20, 12];

const say = (text) => console.error(`setup: ${text}`);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return;
  throw new Error(`Node ${NODE_FLOOR.join('.')} or newer is needed, this is ${process.versions.node}`);
}

function checkGit() {
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status !== 0)
    throw new Error('git is needed and was not found: install git');
}

function build() {
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root, stdio: 'inherit' });
  if (tsc.status !== 0) throw new Error('the build failed; the compiler says why above');
}

/** A missing database is no failure here: `DATABASE_URL` may name one later, and whoever needs it says so then. */
function checkPostgres() {
  if (process.env.DATABASE_URL !== undefined) return say('the database is the one that DATABASE_URL names');
  const found = findPostgres(root) ?? (installPostgres() ? findPostgres(root) : undefined);
  if (found !== undefined) return say(`PostgreSQL ${found.major} in ${found.bin}`);
  say('no PostgreSQL 15 or newer was found. Install it, for example with `sudo apt-get install postgresql` (Debian, Ubuntu),');
  say('`sudo dnf install postgresql-server` (Fedora) or `brew install postgresql@16` (macOS), or set DATABASE_URL.');
}

/** Without it commands are refused, and everything else works. */
function checkBubblewrap() {
  if (process.platform !== 'linux') return;
  const found = findBubblewrap() ?? (installBubblewrap() ? findBubblewrap() : undefined);
  if (found?.enough === true) return say(`bubblewrap ${found.version}`);
  say(
    found === undefined
      ? 'bubblewrap was not found, so that no command can be run in a sandbox.'
      : `bubblewrap ${found.version} is too old; 0.8 is needed.`,
  );
  say(
    'Install it, for example with `sudo apt-get install bubblewrap` (Debian, Ubuntu) or `sudo dnf install bubblewrap` (Fedora).',
  );
}

try {
  checkNode();
  checkGit();
  if (installPackages(root)) say('packages installed');
  build();
  checkPostgres();
  checkBubblewrap();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
