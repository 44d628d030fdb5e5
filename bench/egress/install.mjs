// A package with its dependencies, installed from the configured registry into an empty folder with an empty cache: directly, and through the door.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALL_MS = 90_000;

const config = (key) => execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();

/** What npm is set to on this machine; never printed. */
export function registry() {
  const url = new URL(config('registry'));
  const cafile = config('cafile');
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname,
    port: Number(url.port || (secure ? 443 : 80)),
    roots: cafile === 'null' || cafile === '' ? [] : [readFileSync(cafile, 'utf8')],
  };
}

/** @returns seconds that `name` took; undefined where the registry cannot be reached */
export async function install(name, { proxy, ca } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'egress-install-'));
  try {
    const env = { ...process.env, npm_config_cache: join(folder, 'cache') };
    if (proxy !== undefined) {
      env.npm_config_proxy = env.npm_config_https_proxy = `http://127.0.0.1:${proxy}`;
      env.npm_config_noproxy = '';
    }
    if (ca !== undefined) {
      const file = join(folder, 'ca.pem');
      writeFileSync(file, ca);
      env.npm_config_cafile = file;
      delete env.NODE_EXTRA_CA_CERTS;
    }
    writeFileSync(join(folder, 'package.json'), '{"name":"bench","version":"1.0.0","private":true}');
    const from = performance.now();
    const good = await new Promise((resolve) => {
      const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0', name];
      execFile('npm', args, { cwd: folder, env, timeout: INSTALL_MS }, (error) => resolve(error === null));
    });
    return good ? (performance.now() - from) / 1_000 : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
