// The test projects, one after another: two processors are few, and the end-to-end tests bring databases and servers of their own.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode } from './step.mjs';

export const PROJECTS = ['house', 'unit', 'store', 'e2e', 'alone'];

function readReport(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @returns {Promise<{ passed: number, failed: number, skipped: number, seconds: number, text: string }>} */
export async function runProject(root, project) {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-verify-'));
  const report = join(dir, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const { code, text, seconds } = await runNode(args, { cwd: root, name: project });
    const result = readReport(report);
    const passed = result?.numPassedTests ?? 0;
    const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
    let failed = result?.numFailedTests ?? 0;
    // A file that does not load, an error outside of any test, or a run without tests is a failure, too.
    if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
    return { passed, failed, skipped, seconds, text };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
