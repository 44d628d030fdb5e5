/** One bundle in memory: a file that holds the word `broken` is refused. For tests only. */
import { createHash } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import type { ApiDeps, BundlePlan } from '../deps.ts';

export interface HeldBundle {
  files: Record<string, string>;
  revision: string;
}

function planOf(bundle: HeldBundle, files: Readonly<Record<string, string>>): BundlePlan {
  const broken = Object.entries(files).find(([, text]) => text.includes('broken'));
  const revision = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const changes = Object.keys({ ...bundle.files, ...files })
    .filter((file) => bundle.files[file] !== files[file])
    .map((file) => ({
      file,
      change:
        bundle.files[file] === undefined
          ? ('added' as const)
          : files[file] === undefined
            ? ('removed' as const)
            : ('changed' as const),
    }));
  const findings =
    broken === undefined
      ? []
      : [{ severity: 'error' as const, code: 'yaml.syntax', file: broken[0], line: 1, column: 1, message: 'This is broken.' }];
  return {
    revision: broken === undefined ? revision : null,
    base: bundle.revision,
    findings,
    changes,
    tests: { passed: 1, failed: 0 },
  };
}

export function bundlesOf(bundle: HeldBundle): ApiDeps['bundles'] {
  const history = [{ revision: bundle.revision, appliedAt: '2026-06-01T00:00:00.000Z', by: 'usr_root' }];
  return {
    current: async () => ({ ...bundle }),
    history: async (limit) => history.slice(0, limit),
    plan: async (files) => planOf(bundle, files),
    async apply(files, by, expect) {
      const plan = planOf(bundle, files);
      if (plan.revision === null)
        throw new Fault('bundle.invalid', 'The bundle is refused.', {
          details: { findings: plan.findings.map((finding) => ({ ...finding })) },
        });
      if (expect !== bundle.revision) throw new Fault('bundle.stale', 'Another revision came first.');
      Object.assign(bundle, { files: { ...files }, revision: plan.revision });
      history.unshift({ revision: plan.revision, appliedAt: '2026-06-01T12:00:00.000Z', by });
      return plan;
    },
  };
}
