// Checks of the house that no ready-made tool makes. `node scripts/house.mjs [--root DIR]`: a line per check, then its findings.
// A check that looked at nothing has failed: silence is not proof.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { faultPages, links, readme } from './house/documents.mjs';
import { listFiles } from './house/files.mjs';
import { lockfiles, traces } from './house/traces.mjs';
import { words } from './house/words.mjs';

const CHECKS = [words, traces, lockfiles, readme, faultPages, links];

const { values } = parseArgs({ options: { root: { type: 'string', default: resolve(import.meta.dirname, '..') } } });
const files = listFiles(values.root);

let failed = 0;
for (const check of CHECKS) {
  const { looked, findings } = check.run(values.root, files);
  if (looked === 0) findings.push('nothing was looked at');
  console.log(`${check.name}: ${looked} looked at, ${findings.length} found`);
  for (const finding of findings) console.log(`  ${finding}`);
  if (findings.length > 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
