/** The registries as values: what a snapshot holds, and what an archive keeps, so that a stored revision never depends on a newer catalogue. */
import type {
  AgentRecord,
  BudgetRule,
  ModelRecord,
  PersonRecord,
  ProviderRecord,
  RepositoryRecord,
  Settings,
  ToolServerRecord,
  WebhookRecord,
} from '../../ports/registry.ts';
import type { EgressSettings } from '../../ports/egress-settings.ts';
import type { SandboxProfile } from '../../ports/sandbox-profile.ts';
import { Findings } from '../finding.ts';
import { agentRecord, checkAgents } from './agents.ts';
import { checkCommands, type CommandsRecord, commandsRecord } from './commands.ts';
import { checkEgress, egressOf } from './egress.ts';
import { checkModels, modelRecord } from './models.ts';
import { budgetsOf, checkOrganisation, peopleOf, providersOf, settingsOf, webhooksOf } from './organisation.ts';
import type { Registries } from './registries.ts';
import { checkProfiles, sandboxProfile } from './profiles.ts';
import { checkRepositories, repositoryRecord } from './repositories.ts';
import { checkReview } from './review.ts';
import { checkScanning } from './scanning.ts';
import { checkTools, toolServerRecord } from './tools.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface RecordSet {
  /** Without rules for memories in archives that are older than they are. */
  readonly settings: Omit<Settings, 'memory'> & Partial<Pick<Settings, 'memory'>>;
  readonly agents: readonly AgentRecord[];
  readonly people: readonly PersonRecord[];
  readonly models: readonly ModelRecord[];
  readonly providers: readonly ProviderRecord[];
  readonly repositories: readonly RepositoryRecord[];
  readonly budgets: readonly BudgetRule[];
  readonly webhooks: readonly WebhookRecord[];
  /** Absent in archives that are older than tool servers. */
  readonly toolServers?: readonly ToolServerRecord[];
  /** Absent without commands.yaml: then no command runs. */
  readonly commands?: CommandsRecord;
  /** Absent in archives that are older than the network door, and in bundles without egress.yaml. */
  readonly egress?: EgressSettings;
  /** Absent in archives that are older than sandboxes. */
  readonly profiles?: readonly SandboxProfile[];
}

/** Checks the registries against each other; all findings are told. @param nowMs what has expired by then is told too */
export function checkRegistries(registries: Registries, nowMs: number, findings: Findings): void {
  const words = vocabularyOf(registries);
  checkOrganisation(registries, words, findings);
  checkScanning(registries.main, nowMs, findings);
  checkReview(registries, words, findings);
  checkAgents(registries, words, findings);
  checkModels(registries, words, findings);
  checkRepositories(registries, words, findings);
  checkTools(registries, words, findings);
  if (registries.commands !== undefined) checkCommands(registries.commands, words, findings);
  checkProfiles(registries, findings);
  checkEgress(registries, words, findings);
}

const byId = <T extends { readonly id: string }>(records: readonly T[]): T[] =>
  [...records].sort((a, b) => (a.id < b.id ? -1 : 1));

/** INVARIANT: only for registries that were checked without an error. The order of files never changes the result. */
export function recordsOf(registries: Registries): RecordSet {
  const { value } = registries.main;
  const { commands } = registries;
  return {
    settings: settingsOf(value),
    agents: byId(registries.agents.map(agentRecord)),
    people: byId(peopleOf(value)),
    models: byId(registries.models.map((model) => modelRecord(model, registries))),
    providers: byId(providersOf(value)),
    repositories: byId(registries.repositories.map(repositoryRecord)),
    budgets: budgetsOf(value),
    webhooks: byId(webhooksOf(value)),
    toolServers: byId(registries.tools.map((tool) => toolServerRecord(tool, registries.documents))),
    ...(commands === undefined ? {} : { commands: commandsRecord(commands.value) }),
    ...(registries.egress === undefined ? {} : { egress: egressOf(registries.egress.value) }),
    profiles: registries.profiles
      .map((profile) => sandboxProfile(profile, new Findings()))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
