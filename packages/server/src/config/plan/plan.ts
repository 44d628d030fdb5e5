/** `countersign plan`: what a directory would change against the revision in force, with its cases run. Changes nothing. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { buildBundle, type BuildOptions, type BuildResult } from '../build/build.ts';
import { findingText } from '../finding.ts';
import type { GovernanceFiles } from '../read/files.ts';
import type { Change } from './change.ts';
import { diffSnapshots } from './diff.ts';

export interface FileChange {
  readonly file: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface Plan {
  readonly result: BuildResult;
  /** Revision in force; null for none. */
  readonly base: string | null;
  /** Empty for a directory that is refused. */
  readonly changes: readonly Change[];
  readonly files: readonly FileChange[];
}

export interface InForce {
  readonly snapshot: BundleSnapshot;
  readonly files: GovernanceFiles;
}

export async function planBundle(
  files: GovernanceFiles,
  options: Omit<BuildOptions, 'inForce'> & { readonly inForce?: InForce },
): Promise<Plan> {
  const { cedar, inForce } = options;
  const result = await buildBundle(files, { cedar, ...(inForce === undefined ? {} : { inForce: inForce.snapshot }) });
  return {
    result,
    base: inForce?.snapshot.revision ?? null,
    changes: result.ok ? diffSnapshots(inForce?.snapshot, result.snapshot) : [],
    files: diffFiles(inForce?.files ?? {}, result.ok ? result.files : files),
  };
}

export function diffFiles(before: GovernanceFiles, after: GovernanceFiles): readonly FileChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((file): FileChange[] => {
    const [was, is] = [before[file], after[file]];
    if (was === is) return [];
    return [{ file, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
  });
}

const SIGNS = { added: '+', removed: '-', changed: '~', annotations: '"' } as const;

/** For a terminal: what may let more through first, then everything else, then what is wrong. */
export function planText(plan: Plan): string {
  const { result, changes } = plan;
  const wider = changes.filter(({ widens }) => widens);
  const others = changes.filter(({ widens }) => !widens);
  const lines = [
    ...(wider.length > 0 ? ['May allow what is denied now:', ...wider.flatMap(changeLines)] : []),
    ...(others.length > 0 ? [wider.length > 0 ? 'Also:' : 'Changes:', ...others.flatMap(changeLines)] : []),
    ...promotionLines(plan),
    ...result.findings.map(findingText),
    ...verdictLines(plan),
  ];
  return `${lines.join('\n')}\n`;
}

const changeLines = ({ change, group, id, details }: Change): string[] => [
  `  ${SIGNS[change]} ${group} ${id}${change === 'annotations' ? ' (annotations only)' : ''}`,
  ...details.map((detail) => `      ${detail}`),
];

function promotionLines({ result }: Plan): string[] {
  if (!result.ok) return [];
  return result.promotions.map(
    ({ agent, from, to, approvedBy }) => `Promotion: ${agent} from tier ${from} to ${to}, approved by ${approvedBy}.`,
  );
}

const failedCases = (result: BuildResult): number => result.cases.filter(({ differences }) => differences.length > 0).length;

function verdictLines({ result, base, changes }: Plan): string[] {
  const failed = failedCases(result);
  const cases = `Cases: ${result.cases.length - failed} passed, ${failed} failed; coverage ${result.coverage?.percent ?? 0} %.`;
  if (!result.ok) return [...(result.cases.length > 0 ? [cases] : []), 'Refused: the revision in force stays.'];
  if (base === result.revision) return [cases, 'No changes.'];
  const same = changes.length === 0 ? ['Nothing that decides changes; the texts do.'] : [];
  return [...same, cases, `Revision ${result.revision.slice(0, 12)} would replace ${base?.slice(0, 12) ?? 'nothing'}.`];
}

/** The same as plain JSON, in the shape of the management API's plan. */
export function planJson({ result, base, changes, files }: Plan): JsonRecord {
  const failed = failedCases(result);
  return {
    revision: result.ok ? result.revision : null,
    base,
    findings: result.findings.map((finding) => ({ ...finding })),
    changes: files.map((change) => ({ ...change })),
    meaning: changes.map((change) => ({ ...change, details: [...change.details] })),
    tests: { passed: result.cases.length - failed, failed },
    coverage:
      result.coverage === undefined
        ? null
        : { covered: result.coverage.covered, total: result.coverage.total, percent: result.coverage.percent },
    promotions: result.ok ? result.promotions.map((note) => ({ ...note, evidence: [...note.evidence] })) : [],
  };
}
