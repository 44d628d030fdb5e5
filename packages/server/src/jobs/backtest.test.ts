import { beforeAll, expect, test } from 'vitest';
import type { BundleSnapshot } from '../ports/registry.ts';
import { backtest } from './backtest.ts';
import { History } from './testing/history.ts';
import { changedSnapshot, modelCall, starterSnapshot } from './testing/starter.ts';

let starter: BundleSnapshot;
let history: History;
const ids: string[] = [];
beforeAll(async () => {
  starter = await starterSnapshot();
  history = new History();
  const ask = (call: Parameters<typeof modelCall>[0], more: object = {}) =>
    ids.push(history.decided(starter, { ...modelCall(call), ...more }));
  ask({}, { cost: 30_000 });
  ask({}, { cost: 12_000 });
  ask({ model: 'gpt-6-sol' }, { cost: 5_000 });
  ask({ model: 'gpt-6-astra' });
  ask({ model: 'gpt-6-astra', facts: { approvals: ['preview-model'] } }, { cost: 90_000 });
  ask({ args: { hosted: ['web_search', 'code_interpreter'] } });
  ask({}, { overrule: 'budget.exceeded' });
}, 60_000);

const run = (candidate: BundleSnapshot) => backtest({ ...history.source(), candidate }, { from: 0 });

test('the same policies flip nothing', async () => {
  const report = await run(starter);
  expect(report).toMatchObject({
    decisions: 7,
    compared: 7,
    same: 7,
    flips: [],
    groups: [],
    approvals: { added: 0, saved: 0 },
    money: { saved: 0, added: 0 },
  });
});

test('a stricter policy shows every call that it would stop, and the money', async () => {
  // One policy more: calls of the dear model are approved, with the two cases that the coverage rule wants.
  const gate =
    '@id("gate.dear-model") @layer("gate") @gate("dear-model") @approvers("team:platform") @min("1") @reason("approval.dear-model") @owner("team:platform") @escalate("team:platform") @message("Dear.")\nforbid (principal is Countersign::Agent, action == Countersign::Action::"model.call", resource == Countersign::Model::"gpt-5.5") when { context.hosted.isEmpty() } unless { context.approvals.contains("dear-model") };\n\n';
  const stricter = await changedSnapshot(
    'policies/30-gates.cedar',
    '// Preview models are behind',
    `${gate}// Preview models are behind`,
    [
      ['policies/tests/fixtures.yaml', 'approvals: [], breakGlass', 'approvals: [dear-model], breakGlass'],
      [
        'policies/tests/model.yaml',
        '  - name: an expensive call',
        `  - name: the dear model asks
    fixture: call
    principal: Agent::payments-test-repair-editor-dev
    action: model.call
    resource: Model::gpt-5.5
    facts: { approvals: [] }
    expect: { decision: requireApproval, gates: [dear-model] }

  - name: an expensive call`,
      ],
      [
        'policies/tests/model.yaml',
        'args: { customerData: true }\n    facts: { approvals: [production-data] }',
        'args: { customerData: true }\n    facts: { approvals: [production-data, dear-model] }',
      ],
    ],
  );
  const report = await run(stricter);
  expect(report.flipped).toMatchObject({ 'allow->requireApproval': 3, 'deny->allow': 0 });
  expect(report.approvals).toEqual({ added: 3, saved: 0 });
  // The call that the road refused has no cost on record.
  expect(report.money).toEqual({ saved: 42_000, added: 0 });
  expect(
    report.flips.map(({ decision, direction, agent, action, resource }) => [decision, direction, agent, action, resource]),
  ).toEqual(
    [ids[0], ids[1], ids[6]].map((id) => [
      id,
      'allow->requireApproval',
      'payments-test-repair-editor-dev',
      'model.call',
      'Model:gpt-5.5',
    ]),
  );
  expect(report.groups).toEqual([
    {
      direction: 'allow->requireApproval',
      code: 'ok -> approval.dear-model',
      team: 'payments',
      repository: 'payments',
      count: 2,
    },
    {
      direction: 'allow->requireApproval',
      code: 'budget.exceeded -> approval.dear-model',
      team: 'payments',
      repository: 'payments',
      count: 1,
    },
  ]);
});

test('what would be newly allowed comes first, with the estimate as its price', async () => {
  const wider = await changedSnapshot(
    'policies/20-limits.cedar',
    'unless { principal.capabilities.containsAll(context.hosted) && resource.capabilities.containsAll(context.hosted) };',
    'unless { context.stream };',
    [
      [
        'policies/tests/model.yaml',
        'args: { hosted: [web_search] }\n    expect: { decision: deny, code: model.hosted-tools, policies: [limit.hosted-tools] }',
        'args: { hosted: [web_search], stream: false }\n    expect: { decision: deny, code: model.hosted-tools, policies: [limit.hosted-tools] }',
      ],
    ],
  );
  const report = await run(wider);
  expect(report.flips.map(({ direction, decision, before, after }) => ({ direction, decision, before, after }))).toEqual([
    {
      direction: 'deny->allow',
      decision: ids[5],
      before: { code: 'model.hosted-tools', policies: ['limit.hosted-tools'] },
      after: { code: 'ok', policies: ['access.model-call'] },
    },
  ]);
  expect(report.money).toEqual({ saved: 0, added: 40_000 });
});

test('a gate that narrows saves approvals', async () => {
  const open = await changedSnapshot(
    'policies/30-gates.cedar',
    'when { resource.preview }',
    'when { resource.preview && context.stream && context.outputTokens > 2000 }',
    [['policies/tests/fixtures.yaml', 'outputTokens: 2000', 'outputTokens: 2001']],
  );
  const report = await run(open);
  expect(report.flips.map(({ direction, decision }) => [direction, decision])).toEqual([['requireApproval->allow', ids[3]]]);
  expect(report.approvals).toEqual({ added: 0, saved: 1 });
});

test('history whose payload is gone is counted, and not compared', async () => {
  const partial = new History();
  partial.decided(starter, modelCall());
  partial.decided(starter, modelCall());
  partial.payloads.set([...partial.payloads.keys()][0] ?? '', { state: 'erased' });
  const report = await backtest({ ...partial.source(), candidate: starter }, { from: 0 });
  expect(report).toMatchObject({ decisions: 2, compared: 1, same: 1, notReplayable: { erased: 1 } });
});
