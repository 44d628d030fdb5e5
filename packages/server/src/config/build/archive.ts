/**
 * The archive of a revision: canonical JSON of all files' texts and of everything that the build made of them. Its SHA-256 is the revision, so
 * equal directories are one revision on every machine.
 */
import { createHash } from 'node:crypto';
import type { EntityRecord } from '@countersign/kernel/action';
import type { PolicySource } from '@countersign/kernel/decide';
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { canonicalize, parseCanonical, utf8Encode } from '@countersign/kernel/ledger';
import type { GovernanceFiles } from '../read/files.ts';
import type { RecordSet } from '../registry/records.ts';

export const ARCHIVE_FORMAT = 'countersign-bundle/1';
/** The Cedar language version that the policies were translated for. */
export const LANGUAGE = '4.5';

export interface Built {
  readonly schema: JsonRecord;
  readonly policies: readonly PolicySource[];
  readonly entities: readonly EntityRecord[];
  readonly registries: RecordSet;
}

export interface Archive {
  readonly files: GovernanceFiles;
  readonly built: Built;
}

const PARTS = ['schema', 'policies', 'entities', 'registries'] as const;

export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/**
 * What the build made is kept as text, one string a part: policies nest deeper than canonical JSON goes, and so each part has a hash of its own
 * that the loader checks before it reads it.
 */
export function packArchive({ files, built }: Archive): { readonly bytes: Uint8Array; readonly revision: string } {
  const texts = Object.fromEntries(PARTS.map((part) => [part, JSON.stringify(built[part])]));
  const manifest = {
    format: ARCHIVE_FORMAT,
    language: LANGUAGE,
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sha256Hex(text)])),
    built: Object.fromEntries(PARTS.map((part) => [part, sha256Hex(texts[part] ?? '')])),
  };
  const bytes = utf8Encode(canonicalize({ manifest, files: { ...files }, built: texts }));
  return { bytes, revision: sha256Hex(bytes) };
}

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', `The stored bundle is refused: ${what}.`);
};

/** Reads an archive back and checks every hash in it. @throws Fault bundle.invalid */
export function unpackArchive(bytes: Uint8Array, revision: string): Archive {
  if (sha256Hex(bytes) !== revision) return refuse('its content does not have its revision’s hash');
  const value = parse(bytes);
  const { manifest, files, built } = isRecord(value) ? value : {};
  if (!isRecord(manifest) || !isRecord(files) || !isRecord(built)) return refuse('it is not an archive');
  if (manifest['format'] !== ARCHIVE_FORMAT) return refuse('it has another format');
  if (manifest['language'] !== LANGUAGE) return refuse('it was built for another version of the policy language');
  const texts = checkedTexts(files, manifest['files'], 'files');
  const parts = checkedTexts(built, manifest['built'], 'built');
  const part = (name: (typeof PARTS)[number]): unknown => JSON.parse(parts[name] ?? refuse(`it has no ${name}`)) as unknown;
  return {
    files: texts,
    built: {
      schema: part('schema') as JsonRecord,
      policies: part('policies') as readonly PolicySource[],
      entities: part('entities') as readonly EntityRecord[],
      registries: part('registries') as RecordSet,
    },
  };
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseCanonical(bytes);
  } catch (cause) {
    throw new Fault('bundle.invalid', 'The stored bundle is refused: it is not canonical JSON.', { cause });
  }
}

/** Texts whose hashes are those of the manifest: no more and no fewer. */
function checkedTexts(texts: JsonRecord, hashes: Json | undefined, what: string): Record<string, string> {
  if (!isRecord(hashes)) return refuse(`its manifest has no ${what}`);
  const names = Object.keys(texts);
  if (names.length !== Object.keys(hashes).length) return refuse(`its manifest does not fit its ${what}`);
  return Object.fromEntries(
    names.map((name) => {
      const text = texts[name];
      if (typeof text !== 'string' || sha256Hex(text) !== hashes[name])
        return refuse(`\`${name}\` does not have the hash of the manifest`);
      return [name, text];
    }),
  );
}
