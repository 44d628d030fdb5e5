import { beforeAll, describe, expect, it } from 'vitest';
import type { ActionRequest, EntityRecord, Facts } from '@countersign/kernel/action';
import { type BundleSource, compileBundle, type CompiledBundle, decide, type Decision } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';
import { oracle } from './oracle.ts';
import { EXAMPLE_ENTITIES, EXAMPLE_FACTS, EXAMPLE_POLICIES, EXAMPLE_SCHEMA } from './testing/example.ts';
import { translatePolicies, translateSchema, validatePolicies } from './translate.ts';

let source: BundleSource;
let bundle: CompiledBundle;

beforeAll(async () => {
  const { policies } = await translatePolicies(EXAMPLE_POLICIES, 'policies/all.cedar');
  const schema = await translateSchema(EXAMPLE_SCHEMA);
  expect(await validatePolicies(policies, EXAMPLE_SCHEMA)).toEqual([]);
  source = { revision: 'r1', language: '4.5', schema, policies, entities: EXAMPLE_ENTITIES };
  bundle = compileBundle(source);
});

const ref = (type: string, id: string) => ({ type: `Gov::${type}`, id });
const editor = ref('Agent', 'payments-editor');
const executor = ref('Agent', 'payments-executor');

interface Ask {
  readonly principal?: { type: string; id: string };
  readonly action: string;
  readonly resource: { type: string; id: string };
  readonly args?: JsonRecord;
  readonly facts?: JsonRecord;
  readonly entities?: readonly EntityRecord[];
}

async function ask({ principal = editor, action, resource, args = {}, facts = {}, entities = [] }: Ask): Promise<Decision> {
  const request: ActionRequest = { principal, action, resource, args: { estimateMicroUsd: 1000, ...args } };
  const known: Facts = { context: { ...EXAMPLE_FACTS, ...facts }, entities };
  const decision = decide(bundle, known, request);
  expect(await oracle(source, known, request, decision)).toBeUndefined();
  return decision;
}

const base = { gates: [], obligations: [], policies: [], errors: [], shadow: [], whyNot: [], reasons: [], revision: 'r1' };

describe('decide, over the example bundle', () => {
  it('allows a pull request in a granted repository, with its duties', async () => {
    expect(await ask({ action: 'pr.open', resource: ref('Repo', 'ledger') })).toEqual({
      ...base,
      answer: 'allow',
      code: 'ok',
      policies: ['access.editor-drafts'],
      obligations: ['attach-diff-summary', 'link-ticket', 'require-ci'],
      actionClass: 'mutate-low',
    });
  });

  it('does not let a duty grant: a repository without a grant is denied, and the nearest permit says why', async () => {
    expect(await ask({ action: 'pr.open', resource: ref('Repo', 'shop') })).toEqual({
      ...base,
      answer: 'deny',
      code: 'default.no-permit',
      reasons: [{ code: 'default.no-permit', message: 'No policy permits this.' }],
      whyNot: [
        {
          policy: 'access.editor-drafts',
          reference: 'policies/all.cedar:1#access.editor-drafts',
          failed: ['resource in principal.grants'],
        },
      ],
      actionClass: 'mutate-low',
    });
  });

  it('lists every limit that is hit, with what would be allowed instead', async () => {
    const decision = await ask({
      action: 'branch.push',
      resource: ref('Repo', 'frozen'),
      args: { estimateMicroUsd: 6_000_000, branch: 'main' },
    });
    expect(decision.answer).toBe('deny');
    expect(decision.code).toBe('budget.exhausted');
    expect(decision.policies).toEqual(['limit.budget', 'limit.frozen', 'limit.own-branches']);
    expect(decision.reasons[2]).toEqual({
      code: 'branch.protected',
      policy: 'limit.own-branches',
      reference: 'policies/all.cedar:19#limit.own-branches',
      message: 'Push to an agent/ branch and open a pull request.',
      instead: 'branch agent/<task>',
      escalate: 'team:platform',
    });
  });

  it('asks for all gates at once, the same class with its highest quorum, and is satisfied by the class', async () => {
    const path = ref('Path', 'src/ledger/post.ts');
    const entities = [{ uid: path, parents: [ref('Module', 'payments:core:ledger')], attrs: { name: 'src/ledger/post.ts' } }];
    const held = await ask({ action: 'file.edit', resource: path, entities });
    expect([held.answer, held.code]).toEqual(['requireApproval', 'approval.code-owner']);
    expect(held.gates).toEqual([
      { gate: 'code-owner', approvers: 'codeowners', min: 2, policies: ['gate.core-owner', 'gate.core-second'] },
    ]);
    const approved = await ask({ action: 'file.edit', resource: path, entities, facts: { approvals: ['code-owner'] } });
    expect([approved.answer, approved.policies]).toEqual(['allow', ['access.editor-drafts']]);
  });

  it('never lets a gate save what nobody permits', async () => {
    const decision = await ask({ principal: editor, action: 'db.migrate', resource: ref('Repo', 'ledger') });
    expect([decision.answer, decision.code]).toEqual(['deny', 'default.no-permit']);
    const held = await ask({ principal: executor, action: 'db.migrate', resource: ref('Repo', 'ledger') });
    expect([held.answer, held.gates.map(({ gate }) => gate)]).toEqual(['requireApproval', ['dba']]);
  });

  it('records a shadow policy and does not enforce it', async () => {
    const decision = await ask({ action: 'pr.open', resource: ref('Repo', 'ledger'), args: { diffLines: 401 } });
    expect([decision.answer, decision.shadow]).toEqual(['allow', [{ policy: 'shadow.small-diffs', effect: 'wouldDeny' }]]);
  });
});

describe('oracle', () => {
  const facts: Facts = { context: EXAMPLE_FACTS };
  const request: ActionRequest = {
    principal: editor,
    action: 'pr.open',
    resource: ref('Repo', 'ledger'),
    args: { estimateMicroUsd: 1000, diffLines: 500 },
  };

  it.each<[string, (decision: Decision) => Decision, string]>([
    ['answer', (decision) => ({ ...decision, answer: 'deny', code: 'default.no-permit' }), 'answer'],
    ['deciding policies', (decision) => ({ ...decision, policies: [] }), 'policies'],
    ['duties', (decision) => ({ ...decision, obligations: ['link-ticket'] }), 'obligations'],
    ['shadow', (decision) => ({ ...decision, shadow: [] }), 'shadow'],
    ['errors', (decision) => ({ ...decision, errors: [{ policy: 'x', reference: 'x', kind: 'type', message: 'x' }] }), 'errors'],
  ])('sees a decision with another %s', async (_name, falsify, member) => {
    const decision = decide(bundle, facts, request);
    expect(await oracle(source, facts, request, decision)).toBeUndefined();
    expect(await oracle(source, facts, request, falsify(decision))).toMatchObject({ member });
  });

  it('takes a failure of cedar-wasm for a mismatch, not for agreement', async () => {
    const decision = decide(bundle, facts, request);
    const broken = { ...source, revision: 'broken', schema: { Gov: { entityTypes: {}, actions: {} } } };
    expect(await oracle(broken, facts, request, decision)).toMatchObject({ member: 'wasm' });
    expect(await oracle(source, facts, request, decision)).toBeUndefined();
  });

  it('follows a new revision', async () => {
    const without = { ...source, revision: 'r2', policies: source.policies.filter(({ id }) => id !== 'access.editor-drafts') };
    const decision = decide(compileBundle(without), facts, request);
    expect(decision.code).toBe('default.no-permit');
    expect(await oracle(without, facts, request, decision)).toBeUndefined();
    expect(await oracle(source, facts, request, decision)).toMatchObject({ member: 'answer' });
  });
});
