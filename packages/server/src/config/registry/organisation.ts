/** What countersign.yaml says about people, money and waiting, checked against itself. */
import type { BudgetRule, PersonRecord, ProviderRecord, Settings, StrengthRule, WebhookRecord } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import { durationMs } from '../schema/common.ts';
import type { CountersignFile } from '../schema/countersign.ts';
import type { Registries } from './registries.ts';
import { checkMemory } from './memory.ts';
import { reviewOf } from './review.ts';
import { scanningOf } from './scanning.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

export function checkOrganisation(registries: Registries, words: Vocabulary, findings: Findings): void {
  const { main } = registries;
  const { value } = main;
  unique(
    value.people.map(({ id }) => id),
    (index, id) => findings.error(main.at('people', index, 'id'), duplicate('person', id)),
  );
  unique(value.teams, (index, id) => findings.error(main.at('teams', index), duplicate('team', id)));
  unique(value.environments, (index, id) => findings.error(main.at('environments', index), duplicate('environment', id)));
  unique(
    value.webhooks.map(({ id }) => id),
    (index, id) => findings.error(main.at('webhooks', index, 'id'), duplicate('webhook', id)),
  );
  value.people.forEach((person, at) =>
    person.groups.forEach((group, index) => {
      if (group.startsWith('team:'))
        mustExist({ place: main.at('people', at, 'groups', index), kind: 'team', name: group.slice(5) }, words.teams, findings);
    }),
  );
  if (!value.people.some(({ admin }) => admin))
    findings.error(main.at('people'), { code: 'people.no-admin', message: 'Nobody is an administrator.' });
  checkBudgets(registries, words, findings);
  checkRetention(registries, findings);
  checkMemory(registries, findings);
}

const duplicate = (kind: string, id: string) => ({
  code: 'registry.duplicate-id',
  message: `The ${kind} \`${id}\` is there twice.`,
});

function unique(ids: readonly string[], report: (index: number, id: string) => void): void {
  ids.forEach((id, index) => {
    if (ids.indexOf(id) !== index) report(index, id);
  });
}

function checkBudgets({ main }: Registries, words: Vocabulary, findings: Findings): void {
  const { budgets } = main.value;
  const known: Readonly<Record<string, ReadonlySet<string>>> = {
    team: words.teams,
    agent: words.agents,
    environment: words.environments,
    useCase: words.useCases,
    model: words.models,
    server: words.toolServers,
    tool: words.toolServers,
  };
  unique(
    budgets.map(({ scope, unit, window }) => `${scope} ${unit} ${window}`),
    (index) =>
      findings.error(main.at('budgets', index), {
        code: 'budget.duplicate',
        message: 'This scope, unit and window already have a limit.',
      }),
  );
  budgets.forEach(({ scope, unit, window, raise }, index) => {
    const [kind = '', ...rest] = scope.split(':');
    const name = rest.join(':');
    const names = known[kind];
    // A tool is `server/name`; which names a server has is known only when it is asked.
    const subject = kind === 'tool' ? { kind: 'tool server', name: name.split('/')[0] ?? '' } : { kind, name };
    if (names !== undefined && name !== '*')
      mustExist({ place: main.at('budgets', index, 'scope'), ...subject }, names, findings);
    mustExist({ place: main.at('budgets', index, 'raise'), kind: 'group', name: raise }, words.members.keys(), findings);
    if (unit === 'concurrency' && window !== 'life') {
      findings.error(main.at('budgets', index, 'window'), {
        code: 'budget.window',
        message: 'Concurrency has no window: what is in flight is given back. Write `life`.',
      });
    }
  });
  if (!budgets.some(({ scope, unit }) => scope === 'org' && unit === 'microUsd')) {
    findings.error(main.at('budgets'), {
      code: 'budget.no-organisation',
      message: 'The organisation as a whole has no limit of money.',
      hint: 'scope: org, unit: microUsd',
    });
  }
}

/** Stricter classes are never kept longer than weaker ones without somebody noticing. */
function checkRetention({ main }: Registries, findings: Findings): void {
  const { confidential, restricted } = main.value.dataClasses;
  if (restricted.retentionDays > confidential.retentionDays) {
    findings.warn(main.at('dataClasses', 'restricted', 'retentionDays'), {
      code: 'retention.order',
      message: 'Restricted payloads are kept longer than confidential ones.',
    });
  }
}

export function settingsOf(file: CountersignFile): Settings {
  const { approvalExpiry, dataClasses } = file;
  const review = reviewOf(file);
  return {
    organisation: file.organisation,
    environments: file.environments,
    teams: file.teams,
    approvalExpiryMs: {
      read: durationMs(approvalExpiry.read),
      draft: durationMs(approvalExpiry.draft),
      recommend: durationMs(approvalExpiry.recommend),
      'mutate-low': durationMs(approvalExpiry['mutate-low']),
      'mutate-high': durationMs(approvalExpiry['mutate-high']),
      'break-glass': durationMs(approvalExpiry['break-glass']),
    },
    retentionDays: {
      public: dataClasses.public.retentionDays,
      internal: dataClasses.internal.retentionDays,
      confidential: dataClasses.confidential.retentionDays,
      restricted: dataClasses.restricted.retentionDays,
    },
    loop: { repeats: file.loop.repeats, windowMs: durationMs(file.loop.window) },
    holdMs: durationMs(file.hold),
    mandateTtlMs: durationMs(file.mandate.ttl),
    memory: file.memory,
    scanning: scanningOf(file),
    ...(file.strengths.length === 0 ? {} : { strengths: strengthsOf(file) }),
    ...(review === undefined ? {} : { review }),
  };
}

/** An archive is JSON: what is absent must be absent. */
const strengthsOf = ({ strengths }: CountersignFile): StrengthRule[] =>
  strengths.map(({ commands, data, least }) => ({
    ...(commands === undefined ? {} : { commands }),
    ...(data === undefined ? {} : { data }),
    least,
  }));

export const peopleOf = (file: CountersignFile): PersonRecord[] =>
  file.people.map(({ id, groups, admin }) => ({ id, groups: [...new Set(groups)].sort(), admin }));

export const providersOf = (file: CountersignFile): ProviderRecord[] =>
  Object.entries(file.providers).map(([id, { kind, baseUrl, credential, concurrency, queue }]) => ({
    id,
    kind,
    baseUrl,
    credential,
    concurrency,
    queueMs: durationMs(queue),
  }));

export const budgetsOf = (file: CountersignFile): BudgetRule[] =>
  file.budgets.map((budget) => ({ ...budget, alarms: [...budget.alarms].sort((a, b) => a - b) }));

export const webhooksOf = (file: CountersignFile): WebhookRecord[] => file.webhooks.map((webhook) => ({ ...webhook }));
