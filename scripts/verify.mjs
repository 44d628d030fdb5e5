// Everything that a change must pass: build, checks, tests. Ends with `N passed, N failed` alone on a line; a check counts as one.
// `--no-tests` leaves the tests out. Fails with a status other than 0 when anything failed, or when no test ran that should have.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checksOf } from './verify/checks.mjs';
import { conformanceOf } from './verify/conformance.mjs';
import { runNode } from './verify/step.mjs';
import { PROJECTS, runProject } from './verify/tests.mjs';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { 'no-tests': { type: 'boolean', default: false } } });

const total = { passed: 0, failed: 0 };

async function check({ name, args, looked }) {
  const { code, text, seconds } = await runNode(args, { cwd: root, name });
  const blind = code === 0 && looked !== undefined && looked(text) === 0;
  const ok = code === 0 && !blind;
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok) console.log(text.trimEnd());
  if (blind) console.log(`${name} looked at nothing`);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
}

async function test(project) {
  const { passed, failed, skipped, seconds, text } = await runProject(root, project);
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) console.log(text.trimEnd());
  const left = skipped === 0 ? '' : `, ${skipped} skipped`;
  console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${project} tests: ${passed} passed, ${failed} failed${left} (${seconds} s)`);
}

for (const one of checksOf(root)) await check(one);
for (const one of conformanceOf(root)) await check(one);
if (!values['no-tests']) for (const project of PROJECTS) await test(project);

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
