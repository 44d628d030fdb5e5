/**
 * Groups small records by key over a whole ledger in bounded memory: beyond a limit they go to temporary files, split by key, and
 * are grouped file by file at the end. Within a group the records keep the order in which they were added.
 */
import { randomInt } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Records held in memory: about 60 MB. Beyond it every record is written, read and parsed once more. */
const RECORDS_HELD_MAX = 250_000;
/** Files that the records are split over: 10^7 entries give about 150,000 records in each. */
const PARTS = 256;

export interface RelationRecord {
  /** Index of the entry that it comes from. */
  readonly index: number;
  readonly event: string;
  readonly amount: number;
}

type Group = RelationRecord[];

export class Relations {
  readonly #heldMax: number;
  readonly #seed = randomInt(2 ** 31);
  #held = new Map<string, Group>();
  #count = 0;
  #folder: string | null = null;

  constructor(heldMax = RECORDS_HELD_MAX) {
    this.#heldMax = heldMax;
  }

  /** `key` and `event` hold neither tab nor newline. */
  add(key: string, record: RelationRecord): void {
    const group = this.#held.get(key);
    if (group === undefined) this.#held.set(key, [record]);
    else group.push(record);
    this.#count++;
  }

  /** To be called between adds; writes to disk only when too much is held. */
  async settle(): Promise<void> {
    if (this.#count >= this.#heldMax) await this.#spill();
  }

  async #spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'countersign-verify-'));
    const parts = Array.from({ length: PARTS }, () => '');
    for (const [key, group] of this.#held) {
      const part = this.#partOf(key);
      for (const { index, event, amount } of group) parts[part] += `${key}\t${index}\t${event}\t${amount}\n`;
    }
    this.#held = new Map();
    this.#count = 0;
    for (const [part, text] of parts.entries()) {
      if (text !== '') await appendFile(join(this.#folder, String(part)), text, { mode: 0o600 });
    }
  }

  /** The seed keeps anyone from preparing keys that all fall into one file. */
  #partOf(key: string): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (PARTS - 1);
  }

  /** Every key once, with its records. */
  async *groups(): AsyncGenerator<readonly [string, readonly RelationRecord[]]> {
    if (this.#folder === null) {
      yield* this.#held;
      return;
    }
    await this.#spill();
    for (let part = 0; part < PARTS; part++) yield* await readPart(join(this.#folder, String(part)));
  }

  async close(): Promise<void> {
    this.#held = new Map();
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}

async function readPart(path: string): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  const text = await readText(path);
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
