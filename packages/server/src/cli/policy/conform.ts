/** `policy conform`: our evaluator against cases that others wrote. */
import { resolve } from 'node:path';
import { runConformance } from '../../config/conform/index.ts';
import { type Call, cell } from '../call.ts';
import type { ExitName } from '../exit.ts';
import { exitOf } from '../governance.ts';

/** Failures that are printed for people; all are counted, and all are in the JSON. */
const SHOWN_MAX = 50;

export async function conform(call: Call): Promise<ExitName> {
  const foreignCedar = await call.io.tools.foreignCedar();
  const report = await runConformance(resolve(call.io.cwd, call.arg(0)), { cedar: foreignCedar });
  if (call.json) call.print(report);
  else {
    const failures = report.cases.filter(({ passed }) => !passed);
    for (const { name, expected, got } of failures.slice(0, SHOWN_MAX))
      call.write(`FAIL ${cell(name)}\n  expected ${cell(expected)}\n  got ${cell(got)}`);
    if (failures.length > SHOWN_MAX) call.write(`and ${failures.length - SHOWN_MAX} more`);
    call.write(`${report.passed} of ${report.total} cases agree`);
  }
  return exitOf(report.failed === 0);
}
