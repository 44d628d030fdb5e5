/**
 * Groups small records by key over a whole ledger in bounded memory: beyond a limit they go to temporary files, split by key, and
 * are grouped file by file at the end. Within a group the records keep the order in which they were added.
 */
import { randomInt } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes held in memory; the buffers that hold them are at most twice as large. Beyond it every record is written once more. */
const BYTES_HELD_MAX = 24 * 1024 * 1024;
/** Files that the records are split over: 10^7 entries give about 150,000 records in each. */
const PARTS = 256;
const PART_BYTES_FIRST = 4_096;
/** Of one UTF-16 unit in UTF-8. */
const UNIT_BYTES_MAX = 3;

export interface RelationRecord {
  /** Index of the entry that it comes from. */
  readonly index: number;
  readonly event: string;
  readonly amount: number;
}

type Group = RelationRecord[];

/** Lines of text in one growing buffer: a hundred thousand records as objects would keep the collector busier than all else. */
class Part {
  #bytes = Buffer.allocUnsafe(PART_BYTES_FIRST);
  size = 0;

  /** @returns bytes that were added */
  add(line: string): number {
    const most = this.size + line.length * UNIT_BYTES_MAX;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    const added = this.#bytes.write(line, this.size);
    this.size += added;
    return added;
  }

  /** Until the next `add`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }
}

export class Relations {
  readonly #heldMax: number;
  readonly #seed = randomInt(2 ** 31);
  readonly #parts = Array.from({ length: PARTS }, () => new Part());
  #held = 0;
  #folder: string | null = null;

  /** @param heldMax bytes */
  constructor(heldMax = BYTES_HELD_MAX) {
    this.#heldMax = heldMax;
  }

  /** `key` and `event` hold neither tab nor newline. */
  add(key: string, { index, event, amount }: RelationRecord): void {
    const part = this.#parts[this.#partOf(key)];
    this.#held += part?.add(`${key}\t${index}\t${event}\t${amount}\n`) ?? 0;
  }

  /** To be called between adds; writes to disk only when too much is held. */
  async settle(): Promise<void> {
    if (this.#held >= this.#heldMax) await this.#spill();
  }

  async #spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'countersign-verify-'));
    for (const [index, part] of this.#parts.entries()) {
      if (part.size > 0) await appendFile(join(this.#folder, String(index)), part.bytes, { mode: 0o600 });
      part.size = 0;
    }
    this.#held = 0;
  }

  /** The seed keeps anyone from preparing keys that all fall into one file. */
  #partOf(key: string): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (PARTS - 1);
  }

  /** Every key once, with its records; the keys in no order. */
  async *groups(): AsyncGenerator<ReadonlyMap<string, readonly RelationRecord[]>> {
    if (this.#folder !== null) await this.#spill();
    for (const [index, part] of this.#parts.entries())
      yield groupsIn(this.#folder === null ? part.bytes.toString('utf8') : await readText(join(this.#folder, String(index))));
  }

  async close(): Promise<void> {
    for (const part of this.#parts) part.size = 0;
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}

function groupsIn(text: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const line of text.split('\n')) {
    const [key, index, event, amount] = line.split('\t');
    if (key === undefined || index === undefined || event === undefined) continue;
    const record = { index: Number(index), event, amount: Number(amount) };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  return groups;
}

/** A part that no key fell into has no file; any other failure must not look like an empty part. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw cause;
  }
}
