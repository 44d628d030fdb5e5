/** What countersign.yaml says about memories, checked against itself. */
import { DATA_CLASSES, MEMORY_SCOPES, type MemoryRule, type MemoryScope } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import type { Registries } from './registries.ts';

const width = (scope: MemoryScope): number => MEMORY_SCOPES.indexOf(scope);

export function checkMemory({ main }: Registries, findings: Findings): void {
  const { memory } = main.value;
  DATA_CLASSES.forEach((name, rank) => {
    const rule = memory[name];
    if (width(rule.finest) > width(rule.coarsest)) {
      findings.error(main.at('memory', name, 'finest'), {
        code: 'memory.scopes',
        message: `No scope is left: \`${rule.finest}\` is wider than \`${rule.coarsest}\`.`,
        hint: `from finest to coarsest: ${MEMORY_SCOPES.join(', ')}`,
      });
    }
    const weaker = DATA_CLASSES.slice(0, rank).find((below) => reaches(rule, memory[below]));
    if (weaker !== undefined) {
      findings.warn(main.at('memory', name), {
        code: 'memory.order',
        message: `Memories of class ${name} live longer or reach further than those of class ${weaker}.`,
      });
    }
  });
  if (memory.restricted.allowed) {
    findings.error(main.at('memory', 'restricted', 'allowed'), {
      code: 'memory.restricted',
      message: 'Restricted data is never remembered: secrets and card numbers are of this class.',
      hint: 'allowed: false',
    });
  }
}

/** Whether a stricter class is given more than a weaker one. */
const reaches = (strict: MemoryRule, weak: MemoryRule): boolean =>
  strict.allowed && (!weak.allowed || strict.days > weak.days || width(strict.coarsest) > width(weak.coarsest));
