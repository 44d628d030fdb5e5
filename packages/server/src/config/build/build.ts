/** From the texts of a governance directory to a revision that can be put in force: all of it, or all that is wrong with it. */
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { CedarText } from '../../ports/cedar.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { type Coverage, coverageOf, type PolicyCoverage } from '../cases/coverage.ts';
import { expandCases } from '../cases/expand.ts';
import { type CaseResult, runCases } from '../cases/run.ts';
import { type Finding, Findings, wholeFile } from '../finding.ts';
import { checkPaths, type GovernanceFiles, isIgnored, readDirectory } from '../read/files.ts';
import { type CommandReport, lintCommands } from '../registry/command-lint.ts';
import { entitiesOf } from '../registry/entities.ts';
import { checkPromotions, type PromotionNote } from '../registry/promotion.ts';
import { checkRegistries, recordsOf } from '../registry/records.ts';
import { type Registries, readRegistries } from '../registry/registries.ts';
import { vocabularyOf } from '../registry/vocabulary.ts';
import { packArchive, type Built } from './archive.ts';
import { lintBundle } from './lint.ts';
import { buildPolicies, KNOWN_OBLIGATIONS, type PolicyTerms } from './policies.ts';
import { snapshotOf } from './snapshot.ts';
import { checkTierFour } from './tier-four.ts';

export interface BuildOptions {
  readonly cedar: CedarText;
  /** The snapshot in force, against which promotions are judged; absent for a first revision. */
  readonly inForce?: BundleSnapshot;
  /** For what expires; absent: this moment. No bundle depends on it, only what is said about it. */
  readonly nowMs?: number;
}

export interface BuildReport {
  /** Warnings of a bundle that was built; errors and warnings of one that was not. */
  readonly findings: readonly Finding[];
  readonly cases: readonly CaseResult[];
  readonly coverage: Coverage | undefined;
  /** Examples of the command rules; undefined without commands.yaml, or where it was not looked at. */
  readonly commands: CommandReport | undefined;
}

export interface BuiltBundle extends BuildReport {
  readonly ok: true;
  readonly files: GovernanceFiles;
  readonly revision: string;
  readonly archive: Uint8Array;
  readonly snapshot: BundleSnapshot;
  readonly promotions: readonly PromotionNote[];
  /** What the `bundle.applied` record should say besides revision and person. */
  readonly detail: JsonRecord;
}

export type BuildResult = BuiltBundle | (BuildReport & { readonly ok: false });

/** Reads and builds a governance directory. @throws Fault config.invalid when it cannot be read at all */
export async function loadDirectory(directory: string, options: BuildOptions): Promise<BuildResult> {
  return buildBundle(await readDirectory(directory), options);
}

/** Builds from texts by path. Never throws for what an author can get wrong, and changes nothing anywhere. */
export async function buildBundle(given: GovernanceFiles, options: BuildOptions): Promise<BuildResult> {
  const findings = new Findings();
  const files: GovernanceFiles = Object.fromEntries(Object.entries(given).filter(([path]) => !isIgnored(path)));
  checkPaths(files, findings);
  const registries = readRegistries(files, findings);
  if (registries !== undefined) checkRegistries(registries, options.nowMs ?? Date.now(), findings);
  const promotions = registries === undefined ? [] : checkPromotions(registries.agents, options.inForce?.agents, findings);
  const policies = await buildPolicies(files, { cedar: options.cedar, ...termsOf(registries) }, findings);
  if (registries === undefined || policies === undefined || findings.failed) return refused(findings);
  const commands = lintCommands(registries.commands, findings);
  const records = recordsOf(registries);
  const entities = entitiesOf(records, policies.namespace);
  lintBundle(policies.policies, entities, vocabularyOf(registries).members, findings);
  const built: Built = { schema: policies.schema, policies: policies.policies, entities, registries: records };
  const packed = attempt(findings, () => packArchive({ files, built }));
  const snapshot = packed === undefined ? undefined : attempt(findings, () => snapshotOf(packed.revision, built));
  if (packed === undefined || snapshot === undefined) return refused(findings);
  const cases = runCases(snapshot.compiled, expandCases(registries.cases, policies.namespace, findings));
  const coverage = coverageOf(snapshot.compiled, cases);
  reportCases(cases, coverage, findings);
  checkTierFour(registries.agents, declaredTools(registries), snapshot.compiled, findings);
  if (findings.failed) return refused(findings, { cases, coverage, commands });
  return {
    ok: true,
    files,
    revision: packed.revision,
    archive: packed.bytes,
    snapshot,
    promotions,
    detail: { promotions: promotions.map((note) => ({ ...note })), cases: cases.length, coverage: coverage.percent },
    findings: findings.sorted(),
    cases,
    coverage,
    commands,
  };
}

const declaredTools = ({ tools }: Registries): string[] =>
  tools.flatMap(({ value }) => value.operations.map(({ name }) => `${value.id}/${name}`));

const refused = (findings: Findings, report: Partial<BuildReport> = {}): BuildResult => ({
  ok: false,
  cases: [],
  coverage: undefined,
  commands: undefined,
  ...report,
  findings: findings.sorted(),
});

function termsOf(registries: Registries | undefined): Omit<PolicyTerms, 'cedar'> {
  if (registries === undefined) return {};
  const names = [...vocabularyOf(registries).members.keys()];
  const vocabulary = {
    teams: names.filter((name) => name.startsWith('team:')),
    groups: names.filter((name) => name.startsWith('group:')),
    obligations: [...KNOWN_OBLIGATIONS],
  };
  const { commands, main } = registries;
  // Without rules of their own the first team is who an agent is sent to.
  const owner = commands?.value.owner ?? `team:${main.value.teams[0]}`;
  return { vocabulary, commands: { owner, gates: commands?.value.gates ?? {}, given: commands !== undefined } };
}

function attempt<T>(findings: Findings, make: () => T): T | undefined {
  try {
    return make();
  } catch (thrown) {
    findings.error(wholeFile('policies'), { code: 'bundle.compile', message: asFault(thrown).publicText });
    return undefined;
  }
}

function reportCases(cases: readonly CaseResult[], coverage: Coverage, findings: Findings): void {
  for (const { case: each, differences } of cases) {
    if (differences.length > 0)
      findings.error(each.place, { code: 'case.failed', message: `\`${each.name}\`: ${differences.join('; ')}.` });
  }
  for (const policy of coverage.policies) if (!policy.covered) reportUncovered(policy, findings);
}

function reportUncovered(
  { policy, reference, layer, shadow, decides, unconditional, spares }: PolicyCoverage,
  findings: Findings,
): void {
  const [, file = 'policies', line = '1'] = /^(.*):(\d+)#/.exec(reference) ?? [];
  const place = { file, line: Number(line), column: 1 };
  const lacks = [...(decides === 0 ? ['decides'] : []), ...(spares === 0 && !unconditional ? ['spares'] : [])].join(
    ', and none that it ',
  );
  const complaint = {
    code: 'case.coverage',
    message: `There is no case that \`${policy}\` ${lacks}.`,
    hint: 'decides: it makes the answer; spares: its scope fits and its condition does not',
  };
  if ((layer === 'limit' || layer === 'gate') && !shadow) findings.error(place, complaint);
  else findings.warn(place, complaint);
}
