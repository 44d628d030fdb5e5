/** From what was built to what decides: compiled policies and the registries by id, immutable. */
import { compileBundle } from '@countersign/kernel/decide';
import { LANGUAGE, type Built } from './archive.ts';
import { commandRulesOf } from '../registry/commands.ts';
import { NO_EGRESS } from '../../ports/egress-settings.ts';
import { MEMORY_RULES } from '../../ports/memory.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { SandboxProfile } from '../../ports/sandbox-profile.ts';

const mapById = <T extends { readonly id: string }>(records: readonly T[]): ReadonlyMap<string, T> =>
  new Map(records.map((record) => [record.id, record]));

/** @throws Fault bundle.invalid when the kernel refuses a policy, the schema or an entity */
export function snapshotOf(revision: string, built: Built): BundleSnapshot {
  const { schema, policies, entities, registries } = built;
  const source = { revision, language: LANGUAGE, schema, policies, entities } as const;
  return Object.freeze({
    revision,
    source,
    compiled: compileBundle(source),
    settings: { ...registries.settings, memory: registries.settings.memory ?? MEMORY_RULES },
    agents: mapById(registries.agents),
    people: mapById(registries.people),
    models: mapById(registries.models),
    providers: mapById(registries.providers),
    repositories: mapById(registries.repositories),
    budgets: registries.budgets,
    webhooks: registries.webhooks,
    toolServers: mapById(registries.toolServers ?? []),
    commands: commandRulesOf(registries.commands),
    egress: registries.egress ?? NO_EGRESS,
    profiles: new Map((registries.profiles ?? []).map((profile) => [profile.name, completed(profile)])),
  });
}

/** Archives that are older have profiles without these. */
const completed = (profile: SandboxProfile): SandboxProfile => ({
  ...profile,
  clients: profile.clients ?? [],
  workspace: {
    ...profile.workspace,
    scratch: profile.workspace.scratch ?? [],
    linkedFiles: profile.workspace.linkedFiles ?? 'hold',
  },
});
