/** Writes an export from entries in memory, in the layout of the verifier; shares nothing with the server's own writer but the kernel. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  cosign,
  encodeBundle,
  entriesPath,
  formatCheckpoint,
  formatManifest,
  formatNote,
  formatVkey,
  hexEncode,
  KEY_TYPES,
  type KeyType,
  TILE_WIDTH,
  type Tile,
  TileEdge,
  tilePath,
  type VerifierKey,
  verifierKey,
} from '@countersign/kernel/ledger';
import { rawPublicKey, signEd25519 } from '../ed25519.ts';
import { sha256, sha256Hex } from '../sha256.ts';
import type { SampleLedger } from './entries.ts';

export interface LogKey {
  readonly key: VerifierKey;
  readonly vkey: string;
  readonly privateKey: KeyObject;
}

function newKey(name: string, type: KeyType): LogKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = verifierKey(name, type, rawPublicKey(publicKey), sha256);
  return { key, vkey: formatVkey(key), privateKey };
}

/** A fresh key pair of a log with this origin. */
export const newLogKey = (origin: string): LogKey => newKey(origin, KEY_TYPES.ed25519);
/** A fresh key pair of a witness. */
export const newWitnessKey = (name: string): LogKey => newKey(name, KEY_TYPES.cosignatureEd25519);

const originOf = (keys: readonly LogKey[]): string => keys[0]?.key.name ?? '';

/** POSIX seconds of the sample's cosignatures. */
const COSIGNED_AT = 1_767_600_000;

/** The checkpoint of a tree, signed by all log keys and cosigned by all witnesses. */
export function signedCheckpoint(
  { size, root }: { size: number; root: Uint8Array },
  { keys, witnesses = [] }: Signers,
): Uint8Array {
  const text = formatCheckpoint({ origin: originOf(keys), size, root });
  const signatures = keys.map(({ key, privateKey }) => ({
    name: key.name,
    keyId: key.keyId,
    signature: signEd25519(privateKey, Buffer.from(text)),
  }));
  const cosignatures = witnesses.map(({ key, privateKey }) => ({
    name: key.name,
    keyId: key.keyId,
    signature: cosign(text, COSIGNED_AT, (message) => signEd25519(privateKey, message)),
  }));
  return formatNote({ text, signatures: [...signatures, ...cosignatures] });
}

export interface Signers {
  /** The first key's name is the origin; several keys sign during a rotation. */
  readonly keys: readonly LogKey[];
  readonly witnesses?: readonly LogKey[];
}

export interface ExportShape extends Signers {
  /** Bodies below are left out; a multiple of 256. */
  readonly from?: number;
  /** A size at which the log was published before: its partial files stay, and its checkpoint becomes `since`. */
  readonly staleSize?: number;
  readonly withPayloads?: boolean;
}

/** All files of an export by path. */
export function exportFiles(ledger: SampleLedger, shape: ExportShape): Map<string, Uint8Array> {
  const { keys, from = 0, staleSize, withPayloads = true } = shape;
  const files = new Map<string, Uint8Array>();
  const bodies = ledger.entries.map(({ bytes }) => bytes);
  const edge = new TileEdge(sha256);
  const put = (tile: Tile): unknown => files.set(tilePath(tile), tile.bytes);
  const bundle = (index: number, width: number): unknown =>
    index * TILE_WIDTH < from || width === 0
      ? null
      : files.set(entriesPath(index, width), encodeBundle(bodies.slice(index * TILE_WIDTH, index * TILE_WIDTH + width)));
  for (const { leaf } of ledger.entries) {
    for (const tile of edge.append(leaf)) put(tile);
    if (edge.size % TILE_WIDTH === 0) bundle(edge.size / TILE_WIDTH - 1, TILE_WIDTH);
    if (edge.size === staleSize) {
      for (const tile of edge.partials()) put(tile);
      bundle(Math.floor(staleSize / TILE_WIDTH), staleSize % TILE_WIDTH);
      files.set('since', signedCheckpoint({ size: staleSize, root: edge.root() }, shape));
    }
  }
  for (const tile of edge.partials()) put(tile);
  bundle(Math.floor(edge.size / TILE_WIDTH), edge.size % TILE_WIDTH);
  files.set('checkpoint', signedCheckpoint({ size: edge.size, root: edge.root() }, shape));
  files.set('log.vkey', Buffer.from(keys.map(({ vkey }) => `${vkey}\n`).join('')));
  if (withPayloads) for (const [digest, bytes] of namedPayloads(ledger, from)) files.set(`payloads/${digest}`, bytes);
  files.set('manifest.json', manifestOf(files, { origin: originOf(keys), size: edge.size, root: hexEncode(edge.root()), from }));
  return files;
}

/** Only payloads that an exported entry names: nobody could tell what the others belong to. */
function namedPayloads({ entries, payloads }: SampleLedger, from: number): [string, Uint8Array][] {
  const text = entries
    .slice(from)
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .join('\n');
  return [...payloads].filter(([digest]) => text.includes(`"digest":"${digest}"`));
}

interface ManifestHead {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly from: number;
}

function manifestOf(files: ReadonlyMap<string, Uint8Array>, head: ManifestHead): Uint8Array {
  const paths = [...files.keys()];
  const countOf = (prefix: string): number => paths.filter((path) => path.startsWith(prefix)).length;
  const digestOf = (path: string): string | null => {
    const bytes = files.get(path);
    return bytes === undefined ? null : sha256Hex(bytes);
  };
  const bundles = countOf('tile/entries/');
  const payloads = countOf('payloads/');
  return formatManifest({
    ...head,
    tiles: countOf('tile/') - bundles,
    bundles,
    payloads: payloads === 0 ? null : payloads,
    checkpointDigest: digestOf('checkpoint') ?? '',
    vkeyDigest: digestOf('log.vkey'),
    sinceDigest: digestOf('since'),
  });
}

/** Writes the files below `dir`, which must not hold anything else. */
export async function writeFiles(dir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), bytes);
  }
}
