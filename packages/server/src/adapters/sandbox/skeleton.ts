/**
 * The /etc of a sandbox: what programs need, and nothing that says something about this machine's people. One folder, made once and mounted
 * read-only as a whole: each mount costs start-up time.
 */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CLIENT_NAMES, clientPlaces } from '../../ports/clients.ts';

/** A certificate authority that has to be trusted inside. */
export interface InsideAuthority {
  readonly pem: string;
  /** Nothing else need be trusted: smaller, and faster for every client. */
  readonly only: boolean;
}

const COPIED = [
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'nsswitch.conf', 'protocols', 'services', 'mime.types'],
  ...[
    'terminfo',
    'os-release',
    'debian_version',
    'localtime',
    'timezone',
    'python3',
    'python3.11',
    'python3.12',
    'python3.13',
    'perl',
  ],
  ...['ssl/openssl.cnf', 'gai.conf', 'magic', 'magic.mime', 'inputrc', 'ethertypes', 'rpc', 'shells', 'crypto-policies', 'fonts'],
] as const;

/** Where coding agents look for the settings that their user cannot change; a profile may mount them there, read-only. */
export const CLIENT_FOLDERS = CLIENT_NAMES.map((name) => clientPlaces(name).settings);

const WRITTEN: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nagent:x:1000:1000:agent:/home/agent:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  group: 'root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
  hostname: 'sandbox\n',
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:2 attempts:1\n',
  'host.conf': 'multi on\n',
};

/** Where systems keep the bundle of all authorities; the first that exists counts. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;
/** Where programs inside look for it. */
const LOOKED_FOR = ['ssl/certs/ca-certificates.crt', 'ssl/cert.pem', 'pki/tls/certs/ca-bundle.crt'] as const;

/** Inside: the bundle that CURL_CA_BUNDLE and the like name. */
export const INSIDE_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

const hostBundle = (): string => {
  const path = BUNDLES.find((each) => existsSync(each));
  return path === undefined ? '' : readFileSync(path, 'utf8');
};

/** Folder below `own` for an authority, or for none; made the first time. */
export function skeletonFor(own: string, authority: InsideAuthority | undefined): string {
  const key = authority === undefined ? 'plain' : createHash('sha256').update(`${authority.only} ${authority.pem}`).digest('hex');
  const folder = join(own, `etc-${key.slice(0, 24)}`);
  if (existsSync(join(folder, 'complete'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const name of COPIED) copy(join('/etc', name), join(folder, name));
  for (const [name, text] of Object.entries(WRITTEN)) write(join(folder, name), text);
  const roots = authority?.only === true ? '' : hostBundle();
  const bundle = authority === undefined ? roots : `${roots}${roots.endsWith('\n') || roots === '' ? '' : '\n'}${authority.pem}`;
  for (const name of LOOKED_FOR) write(join(folder, name), bundle);
  for (const path of CLIENT_FOLDERS) mkdirSync(join(folder, basename(path)), { mode: 0o755 });
  write(join(folder, 'complete'), '');
  openUp(folder);
  return folder;
}

/** Whatever our own umask is, the user of a run may read it. */
function openUp(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  chmodSync(path, found.isDirectory() ? 0o755 : 0o644);
  if (found.isDirectory()) for (const name of readdirSync(path)) openUp(join(path, name));
}

/** What is unreadable or a device is left out; links are copied as links, and lead nowhere where their end is not there. */
function copy(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  } catch {
    rmSync(to, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o644 });
}
