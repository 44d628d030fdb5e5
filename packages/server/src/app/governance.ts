/** Where the first bundle comes from, and which organisation this installation is. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Fault } from '@countersign/kernel/fault';
import type { BundleFiles } from '../api/deps.ts';
import { readDirectory } from '../config/read/files.ts';
import { starterDirectory } from '../config/starter.ts';
import type { Store } from '../store/postgres/index.ts';

/** @throws Fault config.invalid when the directory cannot be read */
export async function governanceFiles(directory: string | undefined): Promise<BundleFiles> {
  return await readDirectory(directory ?? starterDirectory());
}

/** The organisation whose bundle is stored; for a new installation the one that its governance directory names. */
export async function organisationOf(store: Store, directory: string | undefined): Promise<string> {
  const [row] = await store.query<{ org: string }>('select org from bundle_active order by org limit 1');
  if (row !== undefined) return row.org;
  const folder = directory ?? starterDirectory();
  const path = join(folder, 'countersign.yaml');
  if (!existsSync(path))
    throw new Fault('config.invalid', `${folder} has no countersign.yaml. \`countersign init\` makes a starter directory.`);
  const parsed: unknown = parse(await readFile(path, 'utf8'), { maxAliasCount: 0 });
  const name = typeof parsed === 'object' && parsed !== null && 'organisation' in parsed ? parsed.organisation : undefined;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new Fault('config.invalid', `${path} names no organisation.`);
  return name;
}
