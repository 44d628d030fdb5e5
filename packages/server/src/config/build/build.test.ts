import { beforeAll, describe, expect, test } from 'vitest';
import { findingText } from '../finding.ts';
import { edited, starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { buildBundle, type BuildOptions, type BuildResult, type BuiltBundle } from './build.ts';

const build = (files: Readonly<Record<string, string>>, options: Partial<BuildOptions> = {}): Promise<BuildResult> =>
  buildBundle(files, { cedar: cedarText, ...options });
const told = (result: BuildResult): string[] => result.findings.map(findingText);

let starter: BuiltBundle;
beforeAll(async () => {
  const result = await build(await starterFiles());
  expect(told(result)).toEqual([]);
  if (!result.ok) throw new Error('the starter does not build');
  starter = result;
}, 60_000);

describe('the starter', () => {
  test('builds without a finding, and its cases cover every policy', () => {
    const own = starter.snapshot.source.policies.filter(({ file }) => file !== 'commands.yaml');
    expect(starter.coverage).toMatchObject({ percent: 100, covered: own.length });
    expect(starter.cases.every(({ differences }) => differences.length === 0)).toBe(true);
  });

  test('is the same revision whatever the order of its files', async () => {
    const files = await starterFiles();
    const again = await build(Object.fromEntries(Object.entries(files).reverse()));
    expect(again.ok && again.revision).toBe(starter.revision);
    expect(again.ok && Buffer.from(again.archive).equals(starter.archive)).toBe(true);
  });

  test('is another revision when anything decides otherwise', async () => {
    const files = await edited('agents/payments-test-repair-editor-dev.yaml', 'dataClass: internal', 'dataClass: public');
    const other = await build({
      ...files,
      'policies/tests/model.yaml': '',
      'policies/tests/work.yaml': '',
      'policies/tests/admission.yaml': '',
    });
    expect(other.ok).toBe(false);
  });

  test('prices every model, and names where the figures come from', () => {
    const { models } = starter.snapshot;
    expect([...models.keys()]).toContain('gpt-5.5');
    for (const model of models.values()) expect(model.prices.output).toBeGreaterThan(0);
    expect(models.get('gpt-5.5')).toMatchObject({
      priceRevision: 'catalogue-2026-11-21',
      prices: { input: 5_000_000, output: 30_000_000 },
      formats: ['responses', 'chat'],
    });
    expect(models.get('claude-sonnet-5-5')).toMatchObject({
      priceRevision: 'configured',
      capabilities: { maxOutputTokens: 128_000 },
    });
  });

  test('gives frozen modules their time', () => {
    expect(starter.snapshot.repositories.get('payments')?.modules.find(({ id }) => id === 'payments-billing')?.frozenUntil).toBe(
      '2027-03-31T00:00:00.000Z',
    );
  });
});

describe('a mistake refuses the whole directory', () => {
  test.each<[string, string, string, string, RegExp]>([
    [
      'Cedar that does not parse',
      'policies/20-limits.cedar',
      'unless { context has mandate',
      'unless { context has has mandate',
      /^policies\/20-limits\.cedar:\d+:1 error cedar\.syntax: /,
    ],
    [
      'a type error',
      'policies/20-limits.cedar',
      'when { context.frozen };',
      'when { context.frozen > 1 };',
      /^policies\/20-limits\.cedar:\d+:1 error cedar\.type: `limit\.module-frozen`/,
    ],
    [
      'an attribute that is not in the schema',
      'policies/20-limits.cedar',
      'when { context.frozen };',
      'when { context.thawed };',
      /error cedar\.type: `limit\.module-frozen`/,
    ],
    [
      'the same policy id twice',
      'policies/30-gates.cedar',
      '@id("gate.database")',
      '@id("limit.budget")',
      /^policies\/30-gates\.cedar:\d+:1 error lint\.id-duplicate/,
    ],
    [
      'a gate without its own class',
      'policies/30-gates.cedar',
      'contains("database")',
      'contains("dba")',
      /error lint\.gate-unless/,
    ],
    [
      'an owner that is no team',
      'policies/10-access.cedar',
      '@owner("team:platform")',
      '@owner("team:platfrom")',
      /^policies\/10-access\.cedar:\d+:1 error lint\.team-unknown/,
    ],
    [
      'an obligation that no door knows',
      'policies/40-obligations.cedar',
      '"log-full"',
      '"log-everything"',
      /error lint\.obligation-unknown/,
    ],
    [
      'a module that nobody registered',
      'policies/20-limits.cedar',
      'Module::"payments-billing"',
      'Module::"payments-biling"',
      /error policy\.unknown-entity: `limit\.billing-audit` names Module `payments-biling`, which is not registered, so it could never match\. \(did you mean `payments-billing`\?\)$/,
    ],
    [
      'a quorum that nobody can reach',
      'policies/30-gates.cedar',
      '@min("2")',
      '@min("9")',
      /error policy\.quorum: `gate\.infrastructure` needs 9 of `group:operations`, which has 3 members\./,
    ],
    [
      'a case that fails',
      'policies/tests/work.yaml',
      'args: { branch: main }',
      'args: { branch: agent/x }',
      /^policies\/tests\/work\.yaml:\d+:5 error case\.failed: `the default branch may not`: decision: expected deny, got allow/,
    ],
    [
      'a fixture that is not there',
      'policies/tests/work.yaml',
      'fixture: operate',
      'fixture: oparate',
      /error case\.fixture: There is no fixture `oparate`\. \(did you mean `operate`\?\)$/,
    ],
    [
      'a vague name',
      'agents/docs-refresh-planner-dev.yaml',
      'id: docs-refresh-planner-dev',
      'id: agent',
      /^agents\/docs-refresh-planner-dev\.yaml:2:5 error agent\.name-vague: The name `agent` does not end in its environment, `-dev`\. \(call it `docs-reads-code-planner-dev`\)$/,
    ],
    [
      'two roles',
      'agents/docs-refresh-planner-dev.yaml',
      'role: planner',
      'role: [planner, editor]',
      /error yaml\.value: `role` must be one of planner, editor, executor\./,
    ],
    [
      'a team that is not there',
      'models/gpt-5.5.yaml',
      'teams: [platform, payments, docs]',
      'teams: [platform, payment]',
      /^models\/gpt-5\.5\.yaml:7:19 error registry\.unknown-team: There is no team `payment`\. \(did you mean `payments`\?\)$/,
    ],
    [
      'a model without a price',
      'models/gpt-5.5.yaml',
      'id: gpt-5.5',
      'id: gpt-99',
      /^models\/gpt-5\.5\.yaml:3:5 error model\.unpriced: The catalogue of 2026-11-21 does not know `gpt-99`, so its file must state prices, formats, capabilities\./,
    ],
    [
      'a person that is not there',
      'agents/docs-refresh-planner-dev.yaml',
      'owner: sam',
      'owner: sma',
      /error registry\.unknown-person: There is no person `sma`\. \(did you mean `sam`\?\)$/,
    ],
    [
      'a budget for nobody',
      'countersign.yaml',
      "scope: 'team:payments'",
      "scope: 'team:payment'",
      /^countersign\.yaml:\d+:\d+ error registry\.unknown-team/,
    ],
    [
      'concurrency in a window',
      'countersign.yaml',
      'unit: concurrency, window: life',
      'unit: concurrency, window: day',
      /error budget\.window/,
    ],
    ['nobody who administers', 'countersign.yaml', 'admin: true', 'admin: false', /error people\.no-admin/],
    [
      'a schema that is none',
      'policies/schema.cedarschema',
      'namespace Countersign {',
      'namespace {',
      /^policies\/schema\.cedarschema:\d+:1 error cedar\.syntax/,
    ],
  ])('%s', async (_, path, from, to, expected) => {
    const result = await build(await edited(path, from, to));
    expect(result.ok).toBe(false);
    expect(told(result).filter((line) => expected.test(line))).not.toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'templates/upgrade.yaml',
      'a: 1',
      'templates/upgrade.yaml:1:1 error file.not-supported: This version does not enforce `templates/upgrade.yaml`, so it refuses to accept it.',
    ],
    [
      'agents/other.yml',
      'a: 1',
      'agents/other.yml:1:1 error file.unknown: `agents/other.yml` has no meaning in a governance directory. (file names end in .yaml)',
    ],
  ])('%s is refused in clear words', async (path, text, expected) => {
    const result = await build(await starterFiles({ [path]: text }));
    expect([result.ok, told(result)]).toEqual([false, [expected]]);
  });

  test('an empty directory says what is missing', async () => {
    expect(told(await build({}))).toEqual([
      'countersign.yaml:1:1 error file.missing: `countersign.yaml` is missing.',
      'policies/schema.cedarschema:1:1 error file.missing: `policies/schema.cedarschema` is missing.',
    ]);
  });

  test('mistakes in many files are told at once', async () => {
    const files = await starterFiles();
    const broken = {
      ...files,
      'countersign.yaml': (files['countersign.yaml'] ?? '').replace('hold: 45s', 'hold: 45 seconds'),
      'policies/30-gates.cedar': 'permit (',
      'agents/payments-test-repair-editor-dev.yaml': (files['agents/payments-test-repair-editor-dev.yaml'] ?? '').replace(
        'tier: 2',
        'tier: 7',
      ),
    };
    const files3 = (await build(broken)).findings.filter(({ severity }) => severity === 'error').map(({ file }) => file);
    expect([...new Set(files3)]).toEqual([
      'agents/payments-test-repair-editor-dev.yaml',
      'countersign.yaml',
      'policies/30-gates.cedar',
    ]);
  });

  test('the same agent in two files is one identity too many', async () => {
    const files = await starterFiles();
    const twin = (files['agents/docs-refresh-planner-dev.yaml'] ?? '').replace('id: docs-refresh', 'id: docs-rewrite');
    const result = await build({ ...files, 'agents/docs-rewrite-planner-dev.yaml': twin });
    expect(told(result)).toEqual([
      'agents/docs-rewrite-planner-dev.yaml:4:10 error agent.identity: This purpose, for `claude-code` in `dev`, is already that of `docs-refresh-planner-dev`.',
    ]);
  });
});

describe('coverage', () => {
  test('a limit that no case has seen both ways is refused; a permit is a warning', async () => {
    const files = await starterFiles();
    const limit =
      '@id("limit.new") @layer("limit") @reason("new.rule") @owner("team:platform") @escalate("team:platform") @message("New.")\nforbid (principal is Countersign::Agent, action == Countersign::Action::"pr.open", resource) when { principal.tier > 7 };\n';
    const permit =
      '@id("access.new") @layer("access") @owner("team:platform")\npermit (principal is Countersign::Agent, action == Countersign::Action::"pr.open", resource) when { principal.tier > 7 };\n';
    const result = await build({ ...files, 'policies/21-more.cedar': limit, 'policies/11-more.cedar': permit });
    expect([result.ok, told(result)]).toEqual([
      false,
      [
        'policies/11-more.cedar:1:1 warning case.coverage: There is no case that `access.new` decides. (decides: it makes the answer; spares: its scope fits and its condition does not)',
        'policies/21-more.cedar:1:1 error case.coverage: There is no case that `limit.new` decides. (decides: it makes the answer; spares: its scope fits and its condition does not)',
      ],
    ]);
    expect(result.coverage?.policies.find(({ policy }) => policy === 'limit.new')).toMatchObject({ decides: 0, covered: false });
  });
});

const EDITOR = 'agents/payments-test-repair-editor-dev.yaml';
const PLANNER = 'agents/docs-refresh-planner-dev.yaml';
const PROMOTION = 'promotion: { from: 1, to: 2, evidence: [report-17], approvedBy: noor }';

describe('autonomy is raised one tier at a time, with evidence', () => {
  test.each<[string, number, string, string | undefined]>([
    ['with evidence and an approver', 2, PROMOTION, undefined],
    ['without a promotion', 2, '', 'agent.promotion-missing'],
    ['two tiers at once', 3, PROMOTION.replace('to: 2', 'to: 3'), 'agent.promotion-step'],
    ['without evidence', 2, PROMOTION.replace('[report-17]', '[]'), 'yaml.value'],
    ['approved by the owner', 2, PROMOTION.replace('noor', 'sam'), 'agent.promotion'],
    ['approved by somebody else', 2, PROMOTION.replace('noor', 'lin'), 'agent.promotion'],
    ['to another tier than the agent has', 2, PROMOTION.replace('from: 1, to: 2', 'from: 2, to: 3'), 'agent.promotion'],
  ])('%s', async (_, tier, promotion, code) => {
    const result = await build(await edited(PLANNER, 'tier: 1', `tier: ${tier}\n${promotion}`), { inForce: starter.snapshot });
    const errors = [...new Set(result.findings.filter(({ severity }) => severity === 'error').map((finding) => finding.code))];
    const note = { agent: 'docs-refresh-planner-dev', from: 1, to: 2, evidence: ['report-17'], approvedBy: 'noor' };
    expect(code === undefined ? errors : errors.filter((each) => each === code)).toEqual(code === undefined ? [] : [code]);
    expect(result.ok ? result.promotions : 'refused').toEqual(code === undefined ? [note] : 'refused');
  });

  test('a new name is no way around it', async () => {
    const files = await starterFiles();
    const other = (files[EDITOR] ?? '')
      .replace('id: payments-test-repair-editor-dev', 'id: payments-log-triage-editor-dev')
      .replace('purpose: Repairs', 'purpose: Explains');
    const result = await build({ ...files, 'agents/payments-log-triage-editor-dev.yaml': other }, { inForce: starter.snapshot });
    expect(result.findings.map(({ code }) => code)).toEqual(['agent.promotion-missing']);
  });

  test('tier 4 needs a gate that always asks a human', async () => {
    const four = async (gates: (text: string) => string): Promise<string[]> => {
      const files = await edited(EDITOR, 'tier: 2', 'tier: 4');
      const result = await build({ ...files, 'policies/30-gates.cedar': gates(files['policies/30-gates.cedar'] ?? '') });
      return result.findings.map(({ code }) => code).filter((code) => code === 'agent.tier-four');
    };
    expect(await four((text) => text)).toEqual([]);
    expect(await four((text) => text.replace('principal.tier >= 4', 'principal.tier >= 4 && context.hour > 17'))).toEqual([
      'agent.tier-four',
    ]);
    expect(
      await four((text) => text.replace('@id("gate.tier-four")', '@id("gate.tier-four") @mode("shadow") @since("2026-11-21")')),
    ).toEqual(['agent.tier-four']);
  });
});
