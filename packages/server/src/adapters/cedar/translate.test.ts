import { Fault } from '@countersign/kernel/fault';
import { describe, expect, it } from 'vitest';
import { lintPolicies } from './lint.ts';
import { formatPolicies, translatePolicies, translateSchema, validatePolicies } from './translate.ts';
import { CedarInstance } from './wasm.ts';

const POLICY = '@id("a") @layer("access") @owner("team:x")\npermit (principal, action, resource);';

async function refusal(text: string): Promise<string> {
  const thrown = await translatePolicies(text, 'policies/x.cedar').catch((error: unknown) => error);
  if (!(thrown instanceof Fault)) throw new Error('was not refused');
  expect(thrown.code).toBe('bundle.invalid');
  return thrown.publicText;
}

describe('translatePolicies', () => {
  it('gives each policy its id, text, JSON form and the line of its first token', async () => {
    const text = `// header; with a semicolon\r\n\n${POLICY}\n\n  // note\n@id("b") // "x;\nforbid (principal, action, resource)\nwhen { "a;\\"b" == "//" };`;
    const { policies } = await translatePolicies(text, 'policies/x.cedar');
    expect(policies.map(({ id, line, file }) => [id, line, file])).toEqual([
      ['a', 3, 'policies/x.cedar'],
      ['b', 7, 'policies/x.cedar'],
    ]);
    expect(policies[0]?.text).toBe(POLICY);
    expect(policies[0]?.est).toEqual({
      effect: 'permit',
      principal: { op: 'All' },
      action: { op: 'All' },
      resource: { op: 'All' },
      conditions: [],
      annotations: { id: 'a', layer: 'access', owner: 'team:x' },
    });
  });

  it('keeps file order and ids with more than ten policies', async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `p${at}`);
    const text = ids.map((id) => `@id("${id}") permit (principal, action, resource);`).join('\n');
    const { policies } = await translatePolicies(text, 'x.cedar');
    expect(policies.map(({ id, line }) => [id, line])).toEqual(ids.map((id, at) => [id, at + 1]));
  });

  it.each([
    ['a syntax error', `${POLICY}\n@id("b") permit (principal action, resource);`, 'policies/x.cedar:3: '],
    ['a policy without an id', 'permit (principal, action, resource);', 'has no @id'],
    ['the same id twice', `${POLICY}\n${POLICY}`, 'policies/x.cedar:3: the id "a" is there twice'],
    ['a template', '@id("t") permit (principal == ?principal, action, resource);', 'templates'],
    [
      'an integer above 2^53',
      `${POLICY}\n@id("b") permit (principal, action, resource) when { 9007199254740992 == 1 };`,
      'policies/x.cedar:3: an integer',
    ],
    ['a byte order mark', `\uFEFF${POLICY}`, 'byte order mark'],
    [
      '65 levels of brackets',
      `@id("b") permit (principal, action, resource) when { ${'('.repeat(64)}true${')'.repeat(64)} };`,
      'nested more than 64',
    ],
    ['a missing semicolon', '@id("b") permit (principal, action, resource)', 'policies/x.cedar'],
    ['a repeated annotation', '@id("b") @id("c") permit (principal, action, resource);', 'policies/x.cedar'],
    ['an open string', '@id("b) permit (principal, action, resource);', 'policies/x.cedar'],
  ])('refuses %s', async (_name, text, says) => {
    expect(await refusal(text)).toContain(says);
  });

  it('survives text that crashes the parser, and reads the next text', async () => {
    const instance = new CedarInstance();
    const deep = `permit (principal, action, resource) when { ${'('.repeat(5000)}true${')'.repeat(5000)} };`;
    const crash = await instance.run([['policyToJson', deep]]).catch((error: unknown) => error);
    expect(crash).toBeInstanceOf(Fault);
    expect(await instance.run([['getCedarLangVersion']])).toEqual(['4.5']);
    expect(instance.generation).toBe(2);
    await instance.close();
  });

  it('gives up at the deadline, and the next call gets a fresh instance', async () => {
    const instance = new CedarInstance();
    const calls = Array.from({ length: 20_000 }, () => ['policyToJson', POLICY] as const);
    await expect(instance.run(calls, 30)).rejects.toMatchObject({ code: 'bundle.invalid' });
    expect(await instance.run([['getCedarLangVersion']])).toEqual(['4.5']);
    await instance.close();
  });
});

describe('schema, validation and format', () => {
  const schema =
    'entity User { name: String }; action view appliesTo { principal: User, resource: User, context: { @from("request") a: Long } };';

  it('keeps the annotations of context members', async () => {
    const json = await translateSchema(schema);
    expect(JSON.stringify(json)).toContain('"annotations":{"from":"request"}');
    await expect(translateSchema('entity User')).rejects.toMatchObject({ code: 'bundle.invalid' });
  });

  it('reports type errors and warnings as errors, at the line of the policy', async () => {
    const { policies } = await translatePolicies(
      '@id("typo")\npermit (principal, action, resource)\nwhen { principal.nme == "x" };\n@id("never") permit (principal, action, resource) when { false };',
      'p.cedar',
    );
    const findings = await validatePolicies(policies, schema);
    expect(findings.map(({ severity, code, reference }) => [severity, code, reference])).toEqual([
      ['error', 'cedar.type', 'p.cedar:3#typo'],
      ['error', 'cedar.warning', 'p.cedar:4#never'],
    ]);
  });

  it('formats and keeps comments', async () => {
    expect(await formatPolicies('// why\npermit(principal,action,resource);')).toBe(
      '// why\npermit (principal, action, resource);\n',
    );
  });

  it('is stable: text, JSON, text, JSON', async () => {
    const { policies } = await translatePolicies(POLICY, 'p.cedar');
    const instance = new CedarInstance();
    const [text] = await instance.run([['policyToText', policies[0]?.est]]);
    const again = await translatePolicies((text as { text: string }).text, 'p.cedar');
    expect(again.policies[0]?.est).toEqual(policies[0]?.est);
    await instance.close();
  });
});

describe('lintPolicies', () => {
  const vocabulary = {
    teams: ['team:x', 'team:dba'],
    groups: ['codeowners'],
    obligations: ['link-ticket'],
    gates: ['dba'],
    reasonsKnown: ['approval.dba', 'budget.exhausted'],
  };
  const gate = (annotations: string, unless = 'context.approvals.contains("dba")') =>
    `@id("g") @layer("gate") @owner("team:x") @escalate("team:x") @reason("approval.dba") @message("m") ${annotations}
forbid (principal, action, resource) unless { ${unless} };`;
  const GATE = '@gate("dba") @approvers("team:dba") @min("1")';

  const codes = async (text: string) => {
    const { policies } = await translatePolicies(text, 'p.cedar');
    return lintPolicies(policies, vocabulary).map(({ code }) => code);
  };

  it.each([
    ['a good access policy', POLICY, []],
    ['a good gate', gate(GATE), []],
    ['no layer', '@id("a") permit (principal, action, resource);', ['lint.layer']],
    ['an unknown team', POLICY.replace('team:x', 'team:y'), ['lint.team-unknown']],
    ['an unknown annotation', POLICY.replace('@owner', '@gate("dba") @owner'), ['lint.annotation-unknown']],
    ['a missing annotation', gate('@gate("dba") @min("1")'), ['lint.annotation-missing']],
    ['an unknown approver group', gate('@gate("dba") @approvers("team:q") @min("1")'), ['lint.group-unknown']],
    ['a quorum of none', gate('@gate("dba") @approvers("codeowners") @min("0")'), ['lint.min']],
    [
      'an unknown gate class',
      gate('@gate("x") @approvers("codeowners") @min("1")', 'context.approvals.contains("x")'),
      ['lint.gate-unknown'],
    ],
    ['a gate lifted by another class', gate(GATE, 'context.approvals.contains("other")'), ['lint.gate-unless', 'lint.approvals']],
    ['a gate that nothing lifts', gate(GATE, 'context.x'), ['lint.gate-unless']],
    ['approvals read elsewhere', POLICY.replace(';', ' when { context.approvals.contains("dba") };'), ['lint.approvals']],
    ['a shadow policy without a date', POLICY.replace('@owner', '@mode("shadow") @owner'), ['lint.since']],
    ['an unknown mode', POLICY.replace('@owner', '@mode("test") @owner'), ['lint.mode']],
    [
      'an unknown duty',
      '@id("d") @layer("obligation") @owner("team:x") @obligation("link-ticket,dance")\npermit (principal, action, resource);',
      ['lint.obligation-unknown'],
    ],
    [
      'a permit as a limit',
      '@id("l") @layer("limit") @owner("team:x") @escalate("team:x") @reason("budget.exhausted") @message("m")\npermit (principal, action, resource);',
      ['lint.effect'],
    ],
    ['&& beside ||', POLICY.replace(';', ' when { context.a && context.b || context.c };'), ['lint.mixed-operators']],
    ['&& beside || in parentheses', POLICY.replace(';', ' when { (context.a && context.b) || context.c };'), []],
  ])('%s', async (_name, text, expected) => {
    expect(await codes(text)).toEqual(expected);
  });
});
