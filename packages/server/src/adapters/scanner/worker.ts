/** One scanning worker: one job at a time, until it is done or this thread is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { allDetectors, makeScanner, type TextScanner } from '@countersign/kernel/redact';
import { linearMatcher } from './linear.ts';
import type { Answer, Job } from './protocol.ts';
import { sha256 } from './sha256.ts';

const { key } = workerData as { key: Uint8Array };
const usual = makeScanner({ detectors: allDetectors(), sha256, key });
let linear: TextScanner | undefined;

function resultOf({ what, text, profile, isLinear }: Job) {
  if (isLinear) linear ??= makeScanner({ detectors: allDetectors(linearMatcher), sha256, key });
  const scanner = isLinear && linear !== undefined ? linear : usual;
  return what === 'scan' ? scanner.scan(text, profile) : scanner.redact(text, profile);
}

// The first texts would pay for the patterns' compilation.
usual.scan('token = "warm up" https://user@host', { place: 'data', regions: [], kinds: ['secret'], redact: [] });

parentPort?.on('message', (job: Job) => {
  let answer: Answer;
  try {
    answer = { id: job.id, result: resultOf(job) };
  } catch (thrown) {
    answer = { id: job.id, error: thrown instanceof Error ? thrown.name : 'Error' };
  }
  parentPort?.postMessage(answer);
});
parentPort?.postMessage({ id: 0 } satisfies Answer);
