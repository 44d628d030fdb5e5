import { beforeAll, describe, expect, test } from 'vitest';
import { ruleForRequest, rulesForHost } from '@countersign/kernel/egress';
import { composeProfile } from '../../ports/egress-profile.ts';
import type { EgressSettings } from '../../ports/egress-settings.ts';
import { buildBundle, type BuiltBundle } from '../build/build.ts';
import { diffSnapshots } from '../plan/diff.ts';
import { findingText } from '../finding.ts';
import { EgressRuleShape, InlineEgressRule, transferBytes } from '../schema/egress.ts';
import { edited, starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { egressRules, hostPattern, inlineRules, type RuleProblem, ruleProblems } from './egress-rules.ts';

let starter: BuiltBundle;
let settings: EgressSettings;
const build = async (files: Readonly<Record<string, string>>) => buildBundle(files, { cedar: cedarText });
beforeAll(async () => {
  const result = await build(await starterFiles());
  if (!result.ok) throw new Error(result.findings.map(findingText).join('\n'));
  starter = result;
  settings = starter.snapshot.egress;
}, 60_000);

const told = async (from: string, to: string): Promise<string[]> => {
  const result = await build(await edited('egress.yaml', from, to));
  return result.ok ? [] : result.findings.map(findingText);
};

describe('a host in a rule', () => {
  test.each([
    ['Registry.NPMjs.org.', 'registry.npmjs.org'],
    ['*.Example.org', '*.example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['192.0.2.7', '192.0.2.7'],
  ])('%s is %s', (text, host) => expect(hostPattern(text, false)).toEqual({ host }));

  test.each([
    ['*', /star/],
    ['a.*.example', /star/],
    ['*.*.example', /star/],
    ['https://example.org', /is no IPv6 address|character/],
    ['example.org/x', /character/],
    ['0x7f.1', /older spellings/],
    ['*.10.0.0.1', /is an address/],
    ['*.com', /public suffix/],
    ['*.co.uk', /public suffix/],
    ['*.github.io', /public suffix/],
    ['exa mple.org', /character/],
    ['', /empty/],
  ])('%j is refused', (text, problem) =>
    expect(hostPattern(text, false)).toMatchObject({ problem: expect.stringMatching(problem) as string }),
  );

  test('a denial may cover a whole suffix', () => {
    expect(hostPattern('*.onion', true)).toEqual({ host: '*.onion' });
    expect(hostPattern('*.ngrok.io', true)).toEqual({ host: '*.ngrok.io' });
  });
});

describe('a rule', () => {
  const shape = (more: object): EgressRuleShape =>
    EgressRuleShape.parse({ id: 'x', hosts: ['a.example'], why: 'Because it is.', ...more });
  const problems = (more: object): string[] => ruleProblems(shape(more)).map(({ message }) => message);

  test.each([
    [{ tls: 'opaque', methods: ['GET'] }, /seen only where the connection is inspected/],
    [{ tls: 'opaque', paths: ['/x'] }, /seen only where the connection is inspected/],
    [{ tls: 'opaque', credential: 'c' }, /credential is put in only where/],
    [{ raw: true }, /need a port/],
    [{ raw: true, ports: [22], methods: ['GET'] }, /Of raw bytes nothing is seen/],
    [{ raw: true, ports: [22], tls: 'inspect' }, /Of raw bytes nothing is seen/],
    [{ decision: 'deny', upload: '1MiB' }, /`upload` means nothing/],
    [{ decision: 'deny', credential: 'c' }, /`credential` means nothing/],
    [{ paths: ['/a/../b'] }, /more than one way/],
    [{ paths: ['/a%2fb'] }, /more than one way/],
    [{ paths: ['//a'] }, /more than one way/],
    [{ paths: ['/a?b'] }, /more than one way/],
    [{ hosts: ['169.254.169.254'] }, /hands out the credentials/],
    [{ hosts: ['fd00:ec2::254'] }, /hands out the credentials/],
    [{ hosts: ['metadata.google.internal.'] }, /hands out the credentials/],
    [{ hosts: ['*.corp.example'], private: true }, /may not be private/],
  ])('%j', (more, message) => expect(problems(more)).toEqual([expect.stringMatching(message)]));

  test('that is right comes out canonical, one for each host', () => {
    expect(
      egressRules(
        shape({ hosts: ['B.example.', '*.a.example'], methods: ['HEAD', 'GET', 'GET'], upload: '2MiB', credential: 'c' }),
        {
          zone: 'set',
          prefix: 'set',
        },
      ),
    ).toEqual(
      ['b.example', '*.a.example'].map((host) => ({
        id: 'set/x',
        host,
        zone: 'set',
        ports: [443],
        methods: ['GET', 'HEAD'],
        decision: 'allow',
        tls: 'auto',
        private: false,
        websocket: false,
        raw: false,
        uploadBytes: 2_097_152,
        credential: 'c',
        why: 'Because it is.',
      })),
    );
  });

  test('of a profile file needs neither name nor reason', () => {
    const complaints: RuleProblem[] = [];
    const parsed = [{ hosts: ['a.example'] }, { hosts: ['*.com'] }].map((each) => InlineEgressRule.parse(each));
    expect(inlineRules(parsed, 'mine', (problem) => complaints.push(problem))).toMatchObject([
      { id: 'profile/rule-1', host: 'a.example', zone: 'profile', why: 'The profile mine lists it.' },
    ]);
    expect(complaints.map(({ path }) => path)).toEqual([[1, 'hosts', 0]]);
  });

  test('of a profile file has an id of its own: a decision stands for a rule by its id', () => {
    const complaints: RuleProblem[] = [];
    const parsed = [
      { id: 'rule-2', hosts: ['a.example'], methods: ['GET'] },
      { hosts: ['a.example'], decision: 'ask' },
      { id: 'rule-2', hosts: ['b.example'] },
    ].map((each) => InlineEgressRule.parse(each));
    inlineRules(parsed, 'mine', (problem) => complaints.push(problem));
    expect(complaints).toEqual([1, 2].map((at) => ({ path: [at, 'id'], message: 'The rule `rule-2` is there twice.' })));
  });

  test.each(['CONNECT', 'TRACE', 'get', ''])('knows no method %j', (method) =>
    expect(EgressRuleShape.safeParse({ id: 'x', hosts: ['a.example'], why: 'Because it is.', methods: [method] }).success).toBe(
      false,
    ),
  );

  test.each([
    ['900B', 900],
    ['64KiB', 65_536],
    ['2GiB', 2_147_483_648],
  ])('%s is %d bytes', (text, bytes) => expect(transferBytes(text)).toBe(bytes));
});

describe('egress.yaml is refused with', () => {
  test.each([
    ['a set that nothing has', 'dev: [debian, forges]', 'dev: [debian, forgess]', /did you mean `forges`/],
    ['an environment that nothing has', 'unfamiliar: { dev: ask,', 'unfamiliar: { devv: ask,', /There is no environment `devv`/],
    ['a repository that nothing has', 'repositories: {}', 'repositories: { nothing: [npm] }', /There is no repository `nothing`/],
    [
      'a use case that nothing has',
      '    documentation: [reference]',
      '    writing: [reference]',
      /There is no use case `writing`/,
    ],
    ['a profile of unknown sets', 'sealed: { unfamiliar: deny }', 'sealed: { sets: [x] }', /There is no egress set `x`/],
    ['a key that means nothing', 'limits: { upload: 5MiB,', 'limits: { uplaod: 5MiB,', /did you mean `upload`/],
    ['a name of our own for a set', '  npm:\n', '  unfamiliar:\n', /is a name of Countersign’s own/],
    ['the same rule twice', '{ id: audit,', '{ id: packages,', /The rule `packages` is there twice/],
    [
      'an unknown credential',
      'upload: 1MiB, why: Advisories',
      'upload: 1MiB, credential: token, why: Advisories',
      /There is no egress credential `token`/,
    ],
    [
      'a secret that stands there',
      '# credentials:',
      'credentials: { t: { hosts: [a.example], secret: hunter2, header: Authorization } }\n#',
      /must be a reference/,
    ],
    [
      'a credential for a wildcard',
      '# credentials:',
      "credentials: { t: { hosts: ['*.a.example'], secret: env:T, header: Authorization } }\n#",
      /never to a wildcard/,
    ],
    [
      'a credential of two kinds',
      '# credentials:',
      'credentials: { t: { hosts: [a.example], secret: env:T, header: A, basicUser: b } }\n#',
      /exactly one of header, basicUser and aws/,
    ],
    ['an address that never ends', "hosts: ['*.onion',", "hosts: ['*.*',", /star only as its whole first part/],
  ])('%s', async (_, from, to, message) => expect((await told(from, to)).join('\n')).toMatch(message));

  test('a rule that sends a credential where it may not go', async () => {
    const files = await edited(
      'egress.yaml',
      '# credentials:',
      'credentials: { npm: { hosts: [registry.npmjs.org], paths: [/@mine/], secret: env:NPM_TOKEN, header: Authorization, prefix: "Bearer " } }\n#',
    );
    const wide = {
      ...files,
      'egress.yaml': (files['egress.yaml'] ?? '').replace(
        'methods: [GET, HEAD], why: Package',
        'credential: npm, methods: [GET, HEAD], why: Package',
      ),
    };
    const refused = await build(wide);
    expect(refused.findings.map(findingText).join('\n')).toMatch(
      /The credential `npm` is not for `registry.npmjs.org` with these paths/,
    );
    const narrow = {
      ...wide,
      'egress.yaml': wide['egress.yaml'].replace('credential: npm,', 'credential: npm, paths: [/@mine/x/],'),
    };
    const fine = await build(narrow);
    expect(fine.ok && fine.snapshot.egress.credentials).toEqual([
      {
        name: 'npm',
        reference: 'env:NPM_TOKEN',
        kind: { type: 'header', header: 'authorization', prefix: 'Bearer ' },
        hosts: ['registry.npmjs.org'],
        paths: ['/@mine/'],
      },
    ]);
  });
});

describe('a profile', () => {
  const terms = { name: 'default', environment: 'dev', repository: 'payments', useCase: 'code-maintenance' } as const;

  test('has the deny list first, then every other denial, then what is listed', () => {
    const rules = [
      ...egressRules(EgressRuleShape.parse({ id: 'a', hosts: ['a.example'], why: 'Because it is.' }), {
        zone: 'profile',
        prefix: 'profile',
      }),
      ...egressRules(EgressRuleShape.parse({ id: 'b', hosts: ['b.example'], decision: 'deny', why: 'Because not.' }), {
        zone: 'profile',
        prefix: 'profile',
      }),
    ];
    const { rules: all } = composeProfile(settings, { ...terms, rules });
    const decisions = all.map(({ decision }) => decision);
    expect(decisions.indexOf('allow')).toBe(decisions.lastIndexOf('deny') + 1);
    expect(all.slice(0, settings.deny.length)).toEqual(settings.deny);
    expect(all.at(-1)?.id).toBe('profile/a');
  });

  test('has what environment, repository and use case have, and nothing of others', () => {
    const sets = (more: object) => new Set(composeProfile(settings, { ...terms, ...more }).rules.map(({ zone }) => zone));
    expect(sets({}).has('forges')).toBe(true);
    expect(sets({ environment: 'prod' }).has('forges')).toBe(false);
    expect(sets({}).has('reference')).toBe(false);
    expect(sets({ useCase: 'documentation' }).has('reference')).toBe(true);
    expect(sets({ environment: 'prod', sets: ['forges'] }).has('forges')).toBe(true);
  });

  test('is only ever stricter about unfamiliar hosts than its environment', () => {
    const mode = (more: object) => composeProfile(settings, { ...terms, ...more }).unfamiliar;
    expect([mode({}), mode({ unfamiliar: 'report' }), mode({ unfamiliar: 'deny' }), mode({ template: 'sealed' })]).toEqual([
      'ask',
      'ask',
      'deny',
      'deny',
    ]);
    expect([mode({ environment: 'prod', unfamiliar: 'report' }), mode({ environment: 'nowhere' })]).toEqual(['deny', 'deny']);
    // Names come from files: an own member only.
    expect(mode({ environment: 'constructor' })).toBe('deny');
  });

  test('that names what is not there is refused, and so is a credential that is not for the host', () => {
    expect(() => composeProfile(settings, { ...terms, template: 'x' })).toThrow(/no profile `x`/);
    expect(() => composeProfile(settings, { ...terms, sets: ['x'] })).toThrow(/no set `x`/);
    const rules = egressRules(EgressRuleShape.parse({ id: 'a', hosts: ['a.example'], credential: 'c', why: 'Because it is.' }), {
      zone: 'profile',
      prefix: 'profile',
    });
    expect(() => composeProfile(settings, { ...terms, rules })).toThrow(/no credential `c`/);
    const credential = { name: 'c', reference: 'env:C', kind: { type: 'basic', user: 'u' }, hosts: ['b.example'] } as const;
    expect(() => composeProfile({ ...settings, credentials: [credential] }, { ...terms, rules })).toThrow(
      /is not for `a.example`/,
    );
  });
});

describe('the starter', () => {
  const profile = () => composeProfile(settings, { name: 'default', environment: 'dev', repository: null, useCase: null });
  const get = (host: string, path: string, method = 'GET') => ruleForRequest(profile(), { host, port: 443, method, path })?.id;

  test('lets packages in and nothing out', () => {
    expect(get('registry.npmjs.org', '/express')).toBe('npm/packages');
    expect(get('registry.npmjs.org', '/express', 'PUT')).toBeUndefined();
    expect(get('registry.npmjs.org', '/-/npm/v1/security/advisories/bulk', 'POST')).toBe('npm/audit');
    expect(get('registry.npmjs.org', '/-/npm/v1/tokens', 'POST')).toBeUndefined();
    expect(get('files.pythonhosted.org', '/packages/aa/bb/x.whl')).toBe('pypi/files');
    expect(get('upload.pypi.org', '/legacy/', 'POST')).toBeUndefined();
    expect(get('github.com', '/o/r/archive/refs/heads/main.tar.gz')).toBe('forges/github');
    expect(get('github.com', '/o/r.git/git-receive-pack', 'POST')).toBeUndefined();
    expect(get('gist.github.com', '/')).toBeUndefined();
  });

  test('denies places whose use is to carry things out, on every port', () => {
    for (const host of [
      'pastebin.com',
      'transfer.sh',
      'x.trycloudflare.com',
      'webhook.site',
      'a.b.oast.fun',
      'hooks.slack.com',
      '10.0.0.1.nip.io',
      'dns.google',
      '169.254.169.254',
    ])
      for (const port of [80, 443, 8443])
        expect([host, rulesForHost(profile(), host, port)]).toMatchObject([host, { kind: 'rule', rule: { decision: 'deny' } }]);
  });
});

test('a bundle without egress.yaml has nothing that its policies and profiles could mean', async () => {
  const files = await starterFiles({ 'egress.yaml': null });
  const bare = Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('profiles/')));
  const refused = await build(bare);
  expect(refused.findings.map(findingText).join('\n')).toMatch(/names EgressZone `unfamiliar`, which is not registered/);
});

test('a plan says what opens, and what closes', async () => {
  const changed = async (from: string, to: string) => {
    const after = await build(await edited('egress.yaml', from, to));
    if (!after.ok) throw new Error(after.findings.map(findingText).join('\n'));
    return diffSnapshots(starter.snapshot, after.snapshot).map(({ group, id, change, widens }) => [group, id, change, widens]);
  };
  expect(await changed('staging: deny, prod: deny', 'staging: ask, prod: deny')).toEqual([
    ['egress', 'unfamiliar staging', 'changed', true],
  ]);
  expect(await changed('unfamiliar: { dev: ask,', 'unfamiliar: { dev: deny,')).toEqual([
    ['egress', 'unfamiliar dev', 'changed', false],
  ]);
  expect(await changed('[pastebin.com, ', '[')).toEqual([['egress', 'deny/paste pastebin.com', 'removed', true]]);
  expect(await changed('[pastebin.com, ', '[pastebin.com, paste.example, ')).toEqual([
    ['egress', 'deny/paste paste.example', 'added', false],
  ]);
  expect(
    await changed(
      'hosts: [registry.npmjs.org], methods: [GET, HEAD], why',
      'hosts: [registry.npmjs.org], methods: [GET, HEAD, PUT], why',
    ),
  ).toEqual([['egress', 'npm/packages registry.npmjs.org', 'changed', true]]);
  expect(await changed('why: Package metadata and archives.', 'why: Metadata and archives of packages.')).toEqual([
    ['egress', 'npm/packages registry.npmjs.org', 'changed', false],
  ]);
  expect(await changed('dev: [debian, forges]', 'dev: [debian]')).toEqual([
    ['egress', 'use environments.dev forges', 'removed', false],
  ]);
}, 60_000);
