/** Policy commands that need no server: the directory is built here, with the parser and the kernel that a server has. */
import { type Call, cell, table } from '../call.ts';
import type { ExitName } from '../exit.ts';
import { buildHere, exitOf, hasErrors, sayFindings } from '../governance.ts';

export async function test(call: Call): Promise<ExitName> {
  const { cases, findings, ok } = await buildHere(call);
  const failed = cases.filter(({ differences }) => differences.length > 0);
  if (call.json) {
    const results = cases.map((each) => ({
      name: each.case.name,
      passed: each.differences.length === 0,
      differences: each.differences,
    }));
    call.print({ passed: cases.length - failed.length, failed: failed.length, cases: results, findings });
    return exitOf(ok);
  }
  for (const { case: each, differences } of failed)
    call.write([`FAIL ${cell(each.name)}`, ...differences.map((line) => `  ${cell(line)}`)].join('\n'));
  // Failed cases are findings too; they have been said.
  await sayFindings(
    call,
    findings.filter(({ code }) => !code.startsWith('case.failed')),
  );
  call.write(`${cases.length - failed.length} passed, ${failed.length} failed`);
  return exitOf(ok);
}

export async function lint(call: Call): Promise<ExitName> {
  const { findings } = await buildHere(call);
  if (call.json) call.print({ findings });
  else if (findings.length === 0) call.say('nothing to complain about');
  else await sayFindings(call, findings);
  return exitOf(!hasErrors(findings));
}

export async function coverage(call: Call): Promise<ExitName> {
  const { coverage: found, findings } = await buildHere(call);
  if (found === undefined) {
    await sayFindings(call, findings);
    return 'failed';
  }
  if (call.json) call.print(found);
  else {
    const rows = found.policies.map(({ policy, layer, shadow, decides, spares, unconditional, covered }) => [
      policy,
      shadow ? `${layer} (shadow)` : layer,
      String(decides),
      unconditional ? 'always holds' : String(spares),
      covered ? 'yes' : 'NO',
    ]);
    call.write(table(['policy', 'layer', 'decides', 'spares', 'covered'], rows));
    call.say(`${found.covered} of ${found.total} policies are covered (${found.percent} %)`);
  }
  return exitOf(found.covered === found.total);
}
