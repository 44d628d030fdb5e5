/** The right edge of a stored tree: rebuilt from a checkpoint's partial tiles, and grown from the bodies of what follows. */
import { leafHash, partialTiles, sameBytes, type Tile, TileEdge } from '@countersign/kernel/ledger';
import { statement } from '../postgres/statement.ts';
import type { Tx } from '../postgres/tx.ts';
import { sha256 } from './sha256.ts';
import { corrupt, newestCheckpoint, readTile, type Reader } from './tiles.ts';

/** Rows of one read: some 5 MB of bodies. */
export const ROWS_MAX = 4_096;

const READ_ENTRIES = statement('select seq, leaf, body from audit_entry where org = $1 and seq >= $2 order by seq limit $3');

export interface EntryRow {
  readonly seq: number;
  readonly leaf: Buffer;
  readonly body: Buffer;
}

/** At most `limit` rows from `from` on. @throws Fault ledger.corrupt where an index is left out */
export async function readEntries(tx: Reader, org: string, from: number, limit: number): Promise<readonly EntryRow[]> {
  const rows = await tx.query<EntryRow & Record<string, unknown>>(READ_ENTRIES, [org, from, Math.min(limit, ROWS_MAX)]);
  for (const [i, { seq }] of rows.entries()) if (seq !== from + i) throw corrupt(`entry ${from + i} of ${org} is missing`);
  return rows;
}

/** Hashes the bodies; the stored leaf is only compared. @returns the tiles that were filled @throws Fault ledger.corrupt */
export function grow(edge: TileEdge, org: string, rows: readonly EntryRow[]): Tile[] {
  const filled: Tile[] = [];
  for (const { seq, leaf, body } of rows) {
    const hash = leafHash(body, sha256);
    if (!sameBytes(hash, leaf)) throw corrupt(`entry ${seq} of ${org} was changed: its body does not hash to its leaf`);
    filled.push(...edge.append(hash));
  }
  return filled;
}

/** The edge at the newest checkpoint up to `sizeMax`; that of the empty tree where there is none. */
export async function edgeAtCheckpoint(tx: Reader, org: string, sizeMax?: number): Promise<TileEdge> {
  const checkpoint = await newestCheckpoint(tx, org, sizeMax);
  if (checkpoint === undefined || checkpoint.size === 0) return new TileEdge(sha256);
  const partials: Tile[] = [];
  for (const tile of partialTiles(checkpoint.size)) {
    const bytes = await readTile(tx, org, tile);
    partials.push({ ...tile, bytes: bytes.subarray(0, tile.width * 32) });
  }
  const edge = new TileEdge(sha256, checkpoint.size, partials);
  if (!sameBytes(edge.root(), checkpoint.root))
    throw corrupt(`the tiles of ${org} do not lead to the root of checkpoint ${checkpoint.size}`);
  return edge;
}

/** Root of the first `size` entries, from tiles and bodies. @throws Fault ledger.corrupt where they are not all there */
export async function rootAt(tx: Pick<Tx, 'query'>, org: string, size: number): Promise<Uint8Array> {
  const edge = await edgeAtCheckpoint(tx, org, size);
  while (edge.size < size) {
    const rows = await readEntries(tx, org, edge.size, size - edge.size);
    if (rows.length === 0) throw corrupt(`entry ${edge.size} of ${org} is missing`);
    grow(edge, org, rows);
  }
  return edge.root();
}
