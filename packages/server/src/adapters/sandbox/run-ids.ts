/** A user of its own for each run, where we are root. Two processes of ours begin at different places of the range. */
import { randomInt } from 'node:crypto';
import { RUN_IDS } from './claims.ts';

let next = randomInt(RUN_IDS.count);

export function newRunId(): number {
  next = (next + 1) % RUN_IDS.count;
  return RUN_IDS.first + next;
}
