/** Planning, applying and reading revisions. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { BundleDesk, BundleFiles, BundlePlan } from '../../api/deps.ts';
import { type BuildResult, buildBundle } from '../../config/build/build.ts';
import { storedBundle, storedFiles } from '../../config/build/load.ts';
import type { BundleStore } from '../../ports/bundles.ts';
import type { CedarText } from '../../ports/cedar.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Signer } from '../../ports/signer.ts';
import type { BundleFollower } from '../follower.ts';

export interface BundleDeskTerms {
  readonly org: string;
  readonly bundles: BundleStore;
  readonly follower: BundleFollower;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly cedar: CedarText;
}

export function openBundleDesk(terms: BundleDeskTerms): BundleDesk {
  return {
    current: () => currentOf(terms),
    history: (limit) => terms.bundles.history(terms.org, limit),
    plan: async (files) => planOf(terms, files, await build(terms, files)),
    apply: (files, by, expect) => apply(terms, files, by, expect),
  };
}

function build({ follower, cedar }: BundleDeskTerms, files: BundleFiles): Promise<BuildResult> {
  const inForce = follower.current();
  return buildBundle(files, { cedar, ...(inForce === undefined ? {} : { inForce }) });
}

async function currentOf({
  org,
  bundles,
  signer,
}: BundleDeskTerms): Promise<{ readonly revision: string; readonly files: BundleFiles } | undefined> {
  const revision = await bundles.activeRevision(org);
  const stored = revision === undefined ? undefined : await bundles.find(org, revision);
  return stored === undefined ? undefined : { revision: stored.revision, files: storedFiles(stored, signer) };
}

async function planOf(terms: BundleDeskTerms, files: BundleFiles, built: BuildResult): Promise<BundlePlan> {
  const current = await currentOf(terms);
  const before = current?.files ?? {};
  const changes = [...new Set([...Object.keys(before), ...Object.keys(files)])].sort().flatMap((file) => {
    const [was, is] = [before[file], files[file]];
    if (was === is) return [];
    return [
      { file, change: was === undefined ? ('added' as const) : is === undefined ? ('removed' as const) : ('changed' as const) },
    ];
  });
  const failed = built.cases.filter((each) => each.differences.length > 0).length;
  return {
    ...(built.commands === undefined || !changes.some(({ file }) => file === 'commands.yaml')
      ? {}
      : { commands: built.commands }),
    revision: built.ok ? built.revision : null,
    base: current?.revision ?? null,
    findings: built.findings.map(({ file, line, column, severity, code, message, hint }) => ({
      file,
      line,
      column,
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    })),
    changes,
    tests: { passed: built.cases.length - failed, failed },
  };
}

/** All or nothing: a revision that fails anything is refused whole, and the one in force stays. */
async function apply(terms: BundleDeskTerms, files: BundleFiles, by: string, expect: string | null): Promise<BundlePlan> {
  const built = await build(terms, files);
  const plan = await planOf(terms, files, built);
  if (!built.ok) {
    const details = { findings: plan.findings as unknown as JsonRecord[] };
    throw new Fault(
      'bundle.invalid',
      `The bundle is refused: ${plan.findings.filter((finding) => finding.severity === 'error').length} errors.`,
      { details },
    );
  }
  const { org, bundles, signer, clock, follower } = terms;
  const { revision, detail } = built;
  await bundles.save(storedBundle(org, built, signer, new Date(clock.now()).toISOString()));
  await bundles.activate(org, revision, { expect, by, detail });
  await follower.follow(revision);
  return plan;
}
