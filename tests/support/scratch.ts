/**
 * A temporary folder for a whole test run, gone with it: the processes of tests are ended before they could tidy up after themselves, and
 * whatever a test forgets goes too.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Workers and what they start inherit it. A short name: paths of sockets hold some hundred characters. */
export default function setup(): void {
  if (process.env['COUNTERSIGN_TEST_SCRATCH'] !== undefined) return;
  const scratch = mkdtempSync(join(tmpdir(), 'cs-'));
  // As open as the folder that it stands for: some tests use other accounts.
  chmodSync(scratch, 0o1777);
  process.env['COUNTERSIGN_TEST_SCRATCH'] = scratch;
  process.env['TMPDIR'] = scratch;
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
}
