/** A log as files that anybody can check without us: tiles, bundles, payloads, checkpoint, manifest. Layout: verify/export.ts. */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  encodeBundle,
  entriesPath,
  formatManifest,
  hexEncode,
  parseEntry,
  sameBytes,
  TILE_WIDTH,
  type Tile,
  TileEdge,
  tilePath,
} from '@countersign/kernel/ledger';
import { hash } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import type { LogKey, PayloadReader } from '../../ports/ledger.ts';
import type { Store } from '../postgres/store.ts';
import { checkpointCovering } from './covering.ts';
import { type EntryRow, grow, readEntries, ROWS_MAX } from './edge.ts';
import { sizeOf } from './head.ts';
import { sha256 } from './sha256.ts';
import { type CheckpointRow, corrupt } from './tiles.ts';

export interface ExportTerms {
  readonly store: Store;
  readonly key: LogKey;
}

export interface ExportOptions {
  readonly org: string;
  /** Bodies and payloads of whole bundles before this index are left out; all tiles are there, so that the rest can be proven. */
  readonly from?: number;
  /** Also writes the payloads that entries name and that are still there, decrypted. */
  readonly payloads?: PayloadReader;
}

export interface ExportReport {
  readonly size: number;
  readonly tiles: number;
  readonly bundles: number;
  readonly payloads: number | null;
}

/**
 * Writes the log up to a checkpoint that covers what is in it by now, or to the newest where none comes, into an empty or new directory, streaming.
 * @throws Fault ledger.not-found before the first checkpoint; request.conflict where the directory holds something; request.invalid where
 * `from` is beyond the checkpoint; ledger.corrupt
 */
export async function writeExport(dir: string, terms: ExportTerms, options: ExportOptions): Promise<ExportReport> {
  const checkpoint = await checkpointCovering(terms.store, options.org, await sizeOf(terms.store, options.org));
  if (checkpoint === undefined)
    throw new Fault('ledger.not-found', 'The log has no checkpoint yet. The first one is signed within about a second.');
  const { from = 0 } = options;
  if (from > 0 && from >= checkpoint.size)
    throw new Fault('request.invalid', `The newest checkpoint covers ${checkpoint.size} entries, and none from ${from} on.`);
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0)
    throw new Fault('request.conflict', 'The export directory is not empty. Choose another one.');
  const { checkpoint: covered, exporter, report } = await writeTree(dir, terms, options, checkpoint);
  await finish(dir, terms.key, options.org, { checkpoint: covered, report, from: exporter.from });
  return report;
}

/** Tries for an export during which payloads are erased. */
const TRIES_MAX = 3;

/** Again under a newer checkpoint where a payload went while it was written: the erasure that accounts for it is behind the first one. */
async function writeTree(
  dir: string,
  { store }: ExportTerms,
  options: ExportOptions,
  first: CheckpointRow,
): Promise<{ readonly checkpoint: CheckpointRow; readonly exporter: Exporter; readonly report: ExportReport }> {
  let checkpoint = first;
  for (let tries = 1; ; tries++) {
    const exporter = new Exporter(dir, store, options);
    const report = await exporter.entries(checkpoint);
    if (!exporter.lacksErasures || tries === TRIES_MAX) return { checkpoint, exporter, report };
    const newer = await checkpointCovering(store, options.org, await sizeOf(store, options.org));
    if (newer === undefined || newer.size === checkpoint.size) return { checkpoint, exporter, report };
    checkpoint = newer;
    for (const folder of ['tile', 'payloads']) await rm(join(dir, folder), { recursive: true, force: true });
  }
}

/** The checkpoint comes after what it covers, the manifest after everything. */
async function finish(
  dir: string,
  key: LogKey,
  org: string,
  what: { checkpoint: CheckpointRow; report: ExportReport; from: number },
): Promise<void> {
  const { checkpoint, report, from } = what;
  const vkey = `${key.vkey(org)}\n`;
  await write(dir, 'log.vkey', Buffer.from(vkey));
  await write(dir, 'checkpoint', Buffer.from(checkpoint.note));
  const facts = {
    origin: key.origin(org),
    size: report.size,
    root: hexEncode(checkpoint.root),
    from,
    tiles: report.tiles,
    bundles: report.bundles,
    payloads: report.payloads,
    checkpointDigest: hash('sha256', checkpoint.note, 'hex'),
    vkeyDigest: hash('sha256', vkey, 'hex'),
    sinceDigest: null,
  };
  await write(dir, 'manifest.json', formatManifest(facts));
}

async function write(dir: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(join(dir, path), 'wx', 0o644);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}

class Exporter {
  readonly #dir: string;
  readonly #store: Store;
  readonly #options: ExportOptions;
  readonly #folders = new Set<string>();
  /** Payloads that were not there any more. */
  readonly #gone = new Set<string>();
  readonly #erased = new Set<string>();
  /** Index of the first entry whose body is written. */
  readonly from: number;
  #tiles = 0;
  #bundles = 0;
  #payloads = 0;

  constructor(dir: string, store: Store, options: ExportOptions) {
    this.#dir = dir;
    this.#store = store;
    this.#options = options;
    const { from = 0 } = options;
    this.from = from - (from % TILE_WIDTH);
  }

  /** A payload is gone, and no erasure among the entries says so. */
  get lacksErasures(): boolean {
    return [...this.#gone].some((digest) => !this.#erased.has(digest));
  }

  async entries({ size, root }: CheckpointRow): Promise<ExportReport> {
    const { org, payloads } = this.#options;
    if (payloads !== undefined) await mkdir(join(this.#dir, 'payloads'));
    const edge = new TileEdge(sha256);
    // Whole bundles a read: ROWS_MAX is a multiple of the bundle's width.
    for (let at = 0; at < size; at += ROWS_MAX) {
      const rows = await readEntries(this.#store, org, at, size - at);
      if (rows.length < Math.min(ROWS_MAX, size - at)) throw corrupt(`entry ${at + rows.length} of ${org} is missing`);
      await this.#writeTiles(grow(edge, org, rows));
      const wanted = rows.slice(Math.max(0, this.from - at));
      await this.#writeBundles(at + rows.length - wanted.length, wanted);
      if (payloads !== undefined) await this.#writePayloads(wanted, payloads);
    }
    await this.#writeTiles(edge.partials());
    if (!sameBytes(edge.root(), root)) throw corrupt(`the entries of ${org} do not lead to the root of checkpoint ${size}`);
    return { size, tiles: this.#tiles, bundles: this.#bundles, payloads: payloads === undefined ? null : this.#payloads };
  }

  async #writeTiles(tiles: readonly Tile[]): Promise<void> {
    for (const tile of tiles) {
      await this.#write(tilePath(tile), tile.bytes);
      this.#tiles += 1;
    }
  }

  async #writeBundles(from: number, rows: readonly EntryRow[]): Promise<void> {
    for (let at = 0; at < rows.length; at += TILE_WIDTH) {
      const part = rows.slice(at, at + TILE_WIDTH);
      await this.#write(entriesPath((from + at) / TILE_WIDTH, part.length), encodeBundle(part.map(({ body }) => body)));
      this.#bundles += 1;
    }
  }

  async #writePayloads(rows: readonly EntryRow[], reader: PayloadReader): Promise<void> {
    for (const { body } of rows) {
      const entry = parseEntry(body);
      if (entry.type === 'erasure') for (const digest of entry.detail.digests) this.#erased.add(digest);
      for (const { digest, kept } of entry.payloads ?? []) {
        if (kept === false) continue;
        const answer = await reader.payload(this.#options.org, digest);
        if (answer.state !== 'present') {
          this.#gone.add(digest);
          continue;
        }
        await this.#write(`payloads/${digest}`, Buffer.concat([answer.blind, answer.bytes]));
        this.#payloads += 1;
      }
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) await mkdir(join(this.#dir, folder), { recursive: true });
    this.#folders.add(folder);
    await write(this.#dir, path, bytes);
  }
}
