/** Tiles and checkpoints as rows. */
import {
  type NodeSource,
  partialTiles,
  sameBytes,
  type Tile,
  type TileCoordinates,
  tilePath,
  tileSource,
} from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import { statement } from '../postgres/statement.ts';
import type { Tx } from '../postgres/tx.ts';
import { sha256 } from './sha256.ts';

export type Reader = Pick<Tx, 'query'>;

const READ_TILE = statement(
  'select bytes from log_tile where org = $1 and level = $2 and n = $3 and width >= $4 order by width limit 1',
);
const WRITE_TILES = statement(`insert into log_tile (org, level, n, width, bytes)
select $1, level, n, width, substring($5::bytea from (sum(width) over (order by o rows unbounded preceding) - width)::int * 32 + 1 for width * 32)
from unnest($2::int[], $3::bigint[], $4::int[]) with ordinality u(level, n, width, o)
on conflict do nothing`);
const SAME_TILE = statement('select bytes from log_tile where org = $1 and level = $2 and n = $3 and width = $4');
const DROP_PARTIALS = statement(`delete from log_tile t where org = $1 and width < 256
and not exists (select 1 from unnest($2::int[], $3::bigint[], $4::int[]) k(level, n, width) where k.level = t.level and k.n = t.n and k.width = t.width)`);
const NEWEST = statement('select size, root, note from log_checkpoint where org = $1 order by size desc limit 1');
const NEWEST_UPTO = statement(
  'select size, root, note from log_checkpoint where org = $1 and size <= $2 order by size desc limit 1',
);
const WRITE_CHECKPOINT = statement(
  'insert into log_checkpoint (org, size, root, note, at) values ($1, $2, $3, $4, clock_timestamp())',
);

export interface CheckpointRow {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

export const corrupt = (internal: string): Fault =>
  new Fault('ledger.corrupt', 'The stored ledger does not agree with itself. Nothing more is signed until a person has looked.', {
    internal,
  });

export async function newestCheckpoint(tx: Reader, org: string, sizeMax?: number): Promise<CheckpointRow | undefined> {
  type Row = CheckpointRow & Record<string, unknown>;
  const rows = sizeMax === undefined ? await tx.query<Row>(NEWEST, [org]) : await tx.query<Row>(NEWEST_UPTO, [org, sizeMax]);
  return rows[0];
}

export const writeCheckpoint = (tx: Tx, org: string, row: CheckpointRow): Promise<number> =>
  tx.run(WRITE_CHECKPOINT, [org, row.size, row.root, row.note]);

const arrays = (tiles: readonly TileCoordinates[]): readonly [number[], number[], number[]] => [
  tiles.map(({ level }) => level),
  tiles.map(({ index }) => index),
  tiles.map(({ width }) => width),
];

/** Repeating is harmless; other bytes for a tile that is there already are not. @throws Fault ledger.corrupt */
export async function writeTiles(tx: Tx, org: string, tiles: readonly Tile[]): Promise<void> {
  if (tiles.length === 0) return;
  const written = await tx.run(WRITE_TILES, [org, ...arrays(tiles), Buffer.concat(tiles.map(({ bytes }) => bytes))]);
  if (written === tiles.length) return;
  for (const tile of tiles) {
    const [row] = await tx.query<{ bytes: Buffer }>(SAME_TILE, [org, tile.level, tile.index, tile.width]);
    if (row === undefined || !sameBytes(row.bytes, tile.bytes))
      throw corrupt(`the stored ${tilePath(tile)} of ${org} has other hashes`);
  }
}

/** Partial tiles of older checkpoints: wider ones stand in for them. */
export const dropPartials = (tx: Tx, org: string, size: number): Promise<number> =>
  tx.run(DROP_PARTIALS, [org, ...arrays(partialTiles(size))]);

/** The tile, or a wider one that stands in for it. @throws Fault ledger.corrupt where there is none */
export async function readTile(tx: Reader, org: string, { level, index, width }: TileCoordinates): Promise<Buffer> {
  const [row] = await tx.query<{ bytes: Buffer }>(READ_TILE, [org, level, index, width]);
  if (row === undefined) throw corrupt(`${tilePath({ level, index, width })} of ${org} is missing`);
  return row.bytes;
}

/** Reads the tiles first, then answers from them: proofs ask synchronously. */
export async function sourceOf(tx: Reader, org: string, tiles: readonly TileCoordinates[], size: number): Promise<NodeSource> {
  const read = new Map<string, Buffer>();
  for (const tile of tiles) read.set(tilePath(tile), await readTile(tx, org, tile));
  return tileSource(
    (tile) => {
      const bytes = read.get(tilePath(tile));
      if (bytes === undefined) throw corrupt(`${tilePath(tile)} was not read`);
      return bytes;
    },
    size,
    sha256,
  );
}
