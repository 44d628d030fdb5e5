/** The texts of a governance directory, by path below it. Everything after this point works on texts, so the API and the CLI build alike. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { type Findings, wholeFile } from '../finding.ts';

export type GovernanceFiles = Readonly<Record<string, string>>;

/** A bundle is read into memory whole, on every node. */
export const FILES_MAX = 2_000;
export const TOTAL_BYTES_MAX = 16_777_216;
/** One YAML file; policies may be larger (4 MiB, checked by their parser). */
export const YAML_BYTES_MAX = 262_144;

export type FileKind =
  | 'countersign'
  | 'agent'
  | 'model'
  | 'repository'
  | 'tool'
  | 'commands'
  | 'toolDocument'
  | 'egress'
  | 'profile'
  | 'policy'
  | 'schema'
  | 'cases'
  | 'catalogue'
  | 'clients';

const KINDS: readonly (readonly [RegExp, FileKind])[] = [
  [/^countersign\.yaml$/, 'countersign'],
  [/^agents\/[^/]+\.yaml$/, 'agent'],
  [/^models\/[^/]+\.yaml$/, 'model'],
  [/^repositories\/[^/]+\.yaml$/, 'repository'],
  [/^tools\/[^/]+\.openapi\.(?:yaml|json)$/, 'toolDocument'],
  [/^tools\/[^/]+\.yaml$/, 'tool'],
  [/^commands\.yaml$/, 'commands'],
  [/^egress\.yaml$/, 'egress'],
  [/^profiles\/[^/]+\.yaml$/, 'profile'],
  [/^policies\/[^/]+\.cedar$/, 'policy'],
  [/^policies\/schema\.cedarschema$/, 'schema'],
  [/^policies\/tests\/[^/]+\.yaml$/, 'cases'],
  [/^catalogue\.json$/, 'catalogue'],
  [/^clients\.yaml$/, 'clients'],
];

/** Read by people and editors, never by the build. */
const IGNORED = /(?:^|\/)(?:\.[^/]*(?:\/|$)|README\.md$|LICENSE$)/;
/** Words of the design whose rooms this version does not have. */
const NOT_YET = /^templates\//;

export const kindOf = (path: string): FileKind | undefined => KINDS.find(([pattern]) => pattern.test(path))?.[1];
export const isIgnored = (path: string): boolean => IGNORED.test(path);

/** Every file must have a meaning: a misspelt name would otherwise be a rule that nobody enforces. */
export function checkPaths(files: GovernanceFiles, findings: Findings): void {
  const paths = Object.keys(files);
  if (paths.length > FILES_MAX) {
    findings.error(wholeFile('.'), {
      code: 'file.too-many',
      message: `There are ${paths.length} files; ${FILES_MAX} are the most.`,
    });
  }
  const bytes = paths.reduce((sum, path) => sum + Buffer.byteLength(files[path] ?? ''), 0);
  if (bytes > TOTAL_BYTES_MAX) {
    findings.error(wholeFile('.'), {
      code: 'file.too-large',
      message: `The files have ${bytes} bytes; ${TOTAL_BYTES_MAX} are the most.`,
    });
  }
  for (const path of paths) checkPath(path, findings);
  for (const path of ['countersign.yaml', 'policies/schema.cedarschema']) {
    if (!Object.hasOwn(files, path))
      findings.error(wholeFile(path), { code: 'file.missing', message: `\`${path}\` is missing.` });
  }
}

function checkPath(path: string, findings: Findings): void {
  if (isIgnored(path) || kindOf(path) !== undefined) return;
  const place = wholeFile(path);
  if (NOT_YET.test(path)) {
    findings.error(place, {
      code: 'file.not-supported',
      message: `This version does not enforce \`${path}\`, so it refuses to accept it.`,
    });
    return;
  }
  const hint = path.endsWith('.yml')
    ? 'file names end in .yaml'
    : 'known are countersign.yaml, clients.yaml, agents/*.yaml, models/*.yaml, repositories/*.yaml, tools/*.yaml, tools/*.openapi.yaml, commands.yaml, egress.yaml, profiles/*.yaml, policies/*.cedar, policies/tests/*.yaml, catalogue.json';
  findings.error(place, { code: 'file.unknown', message: `\`${path}\` has no meaning in a governance directory.`, hint });
}

/**
 * Reads a governance directory. Symbolic links that lead out of it are refused, as are files that are not UTF-8.
 * @throws Fault config.invalid when the directory cannot be read, or holds too much
 */
export async function readDirectory(directory: string): Promise<GovernanceFiles> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined) throw new Fault('config.invalid', `There is no governance directory \`${directory}\`.`);
  const files: Record<string, string> = {};
  let bytes = 0;
  for (const path of await listFiles(root)) {
    const full = await realpath(join(root, path));
    if (!full.startsWith(`${root}/`)) throw new Fault('config.invalid', `\`${path}\` leads out of the governance directory.`);
    bytes += (await stat(full)).size;
    if (bytes > TOTAL_BYTES_MAX)
      throw new Fault('config.invalid', `The governance directory has more than ${TOTAL_BYTES_MAX} bytes.`);
    files[path] = decode(await readFile(full), path);
  }
  return files;
}

async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new Fault('config.invalid', 'The governance directory cannot be read.', { cause });
  });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !isIgnored(path));
  if (paths.length > FILES_MAX) throw new Fault('config.invalid', `The governance directory has more than ${FILES_MAX} files.`);
  return paths.sort();
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Fault('config.invalid', `\`${path}\` is not UTF-8.`, { cause });
  }
}
