/** What countersign.yaml says about scanning, checked against what ships. */
import { FINDING_KINDS } from '@countersign/kernel/redact';
import { SCAN_ACTIONS, SCAN_PLACES, type ScanException, type ScanSettings } from '../../ports/registry.ts';
import { SCAN_DEFAULTS } from '../../ports/scan-settings.ts';
import type { Findings } from '../finding.ts';
import type { CountersignFile } from '../schema/countersign.ts';
import type { Parsed } from '../schema/parse.ts';

/** @param nowMs expired exceptions are told; they count no more */
export function checkScanning(main: Parsed<CountersignFile>, nowMs: number, findings: Findings): void {
  const { scanning } = main.value;
  for (const place of SCAN_PLACES)
    for (const kind of FINDING_KINDS) {
      const [given, shipped] = [scanning[place][kind], SCAN_DEFAULTS.actions[place][kind]];
      if (SCAN_ACTIONS.indexOf(given) >= SCAN_ACTIONS.indexOf(shipped) || scanning.reason !== undefined) continue;
      findings.error(main.at('scanning', place, kind), {
        code: 'scanning.loosened',
        message: `\`${given}\` is weaker than \`${shipped}\`, and \`scanning.reason\` does not say why.`,
      });
    }
  scanning.exceptions.forEach((exception, index) => {
    if (Date.parse(exception.until) > nowMs) return;
    findings.warn(main.at('scanning', 'exceptions', index, 'until'), {
      code: 'scanning.exception-expired',
      message: 'This exception has expired, so what it named is found again.',
      hint: 'remove it, or look at it again',
    });
  });
}

export function scanningOf({ scanning }: CountersignFile): ScanSettings {
  const { prompts, answers, toolArguments, toolResults, definitions, records } = scanning;
  return {
    actions: { prompts, answers, toolArguments, toolResults, definitions, records },
    regions: [...new Set(scanning.regions)].sort(),
    exceptions: scanning.exceptions.map(exceptionOf),
    reversible: scanning.reversible,
  };
}

/** An archive is JSON: what is absent must be absent. */
const exceptionOf = ({
  rule,
  fingerprint,
  path,
  reason,
  until,
}: CountersignFile['scanning']['exceptions'][number]): ScanException => ({
  ...(rule === undefined ? {} : { rule }),
  ...(fingerprint === undefined ? {} : { fingerprint }),
  ...(path === undefined ? {} : { path }),
  reason,
  until,
});
