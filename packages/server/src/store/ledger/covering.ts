/** A checkpoint that covers what is in the log by now: whoever asks right after a decision asks about that decision. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../postgres/store.ts';
import { type CheckpointRow, newestCheckpoint } from './tiles.ts';

/** Checkpoints are at most a second apart. */
const COVERED_MS = 2_500;
const LOOK_MS = 100;

/** @returns the newest checkpoint, as soon as it covers `size` entries of the log, or when it did not come to that in time */
export async function checkpointCovering(store: Store, org: string, size: number): Promise<CheckpointRow | undefined> {
  for (const until = Date.now() + COVERED_MS; ; await sleep(LOOK_MS)) {
    const newest = await newestCheckpoint(store, org);
    if ((newest?.size ?? 0) >= size || Date.now() >= until) return newest;
  }
}
