/** `policy conform`: our evaluator against cases that others wrote. */
import { resolve } from 'node:path';
import { runConformance } from '../../config/conform/index.ts';
import { type Call, cell } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';
import { exitOf } from '../governance.ts';

/** Failures that are printed for people; all are counted, and all are in the JSON. */
const SHOWN_MAX = 50;

const isAbsent = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'EACCES');

export async function conform(call: Call): Promise<ExitName> {
  const foreignCedar = await call.io.tools.foreignCedar();
  const given = resolve(call.io.cwd, call.arg(0));
  const report = await runConformance(given, { cedar: foreignCedar }).catch((thrown: unknown) => {
    if (!isAbsent(thrown)) throw thrown;
    throw new CliError('failed', `there are no cases to read at ${given}`, {
      why: thrown instanceof Error ? thrown.message : '',
      next: 'countersign policy conform ./cedar-integration-tests',
      cause: thrown,
    });
  });
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
