import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { printReport, verifyExport, type VerifyOptions, type VerifyReport } from './index.ts';
import { exportFiles, newLogKey, sampleLedger, writeFiles } from './sample/index.ts';

const key = newLogKey('sample.example/log');
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function verifyFiles(files: ReadonlyMap<string, Uint8Array>, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-export-'));
  folders.push(dir);
  await writeFiles(dir, files);
  return verifyExport(dir, { vkey: key.vkey, ...options });
}

test('an honest export verifies on all six levels', async () => {
  const ledger = sampleLedger({ acts: 300, seed: 1, payloadBytes: 100 });
  const report = await verifyFiles(exportFiles(ledger, { keys: [key], staleSize: 300 }));
  expect(printReport(report)).toContain('VERIFIED, resting');
});
