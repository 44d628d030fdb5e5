import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foreignCedar } from '../../adapters/cedar/index.ts';
import { runConformance } from './conform.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'conform-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const run = (at = dir) => runConformance(at, { cedar: foreignCedar });

async function write(files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  }
}

/** What each case got, or `ok`. */
async function outcomes(files: Readonly<Record<string, unknown>>): Promise<string[]> {
  await write(files);
  return (await run()).cases.map(({ passed, got }) => (passed ? 'ok' : got));
}

const PERMIT = 'permit (principal, action, resource);';
const SCHEMA = 'entity User; entity File; action read appliesTo { principal: User, resource: File };';
const ask = {
  principal: { type: 'User', id: 'ann' },
  action: { type: 'Action', id: 'read' },
  resource: { type: 'File', id: 'f' },
  context: {},
};
const allowed = { ...ask, decision: 'allow', reason: ['policy0'], errors: [] };
const test = { policies: 'p.cedar', entities: [], requests: [allowed] };

describe('cases as they are found', () => {
  const failing = 'permit (principal, action, resource) when { principal.level > 1 };';
  const denied = { ...ask, decision: 'Deny', reasons: [] };
  const oldSchema = {
    '': {
      entityTypes: { User: {}, File: {} },
      actions: {
        read: { memberOf: null, appliesTo: { principalTypes: null, resourceTypes: ['File'], context: null } },
        open: { appliesTo: null },
      },
    },
  };

  it.each<[string, Record<string, unknown>, number]>([
    [
      'failures in the words of Cedar',
      {
        'p.cedar': failing,
        't.json': {
          ...test,
          requests: [
            { ...denied, errors: ['error occurred while evaluating policy `policy0`: entity `User::"ann"` does not exist'] },
            { ...denied, errors: ['while evaluating policy policy0, encountered the following error: no such entity'] },
            { ...denied, errors: ['error while evaluating policy `policy0`: entity `User::"ann"` does not exist'] },
          ],
        },
      },
      3,
    ],
    [
      'has_error in place of a number',
      {
        'p.cedar': failing,
        't.json': [
          { request: ask, entities: [], decision: 'deny', reason: [], has_error: true },
          {
            request: ask,
            entities: [{ uid: ask.principal, attrs: { level: 2 }, parents: [] }],
            decision: 'allow',
            reason: ['policy0'],
            has_error: false,
          },
        ],
      },
      2,
    ],
    [
      'a principal left open, and null where a schema names no types',
      {
        'p.cedar': PERMIT,
        's.json': oldSchema,
        't.json': { ...test, schema: 's.json', shouldValidate: true, requests: [{ ...allowed, principal: null }] },
      },
      2,
    ],
    [
      'a run-tests file that does not fit a schema beside it, which it does not name',
      {
        'policy.cedar': PERMIT,
        'schema.cedarschema': 'entity Other; action read appliesTo { principal: Other, resource: Other };',
        'tests.json': [{ request: ask, entities: [], decision: 'allow', reason: ['policy0'], num_errors: 0 }],
      },
      1,
    ],
    [
      'JSON policies beside a run-tests file',
      {
        'policy.cedar.json': {
          staticPolicies: {
            policy0: {
              effect: 'permit',
              principal: { op: 'All' },
              action: { op: 'All' },
              resource: { op: 'All' },
              conditions: [],
            },
          },
        },
        'tests.json': [{ request: ask, entities: [], decision: 'allow', reason: ['policy0'], num_errors: 0 }],
      },
      1,
    ],
    [
      'everything inline',
      {
        'a.json': { policies: `${PERMIT} // all`, entities: '[]', schema: SCHEMA, shouldValidate: true, requests: [allowed] },
        'b.json': {
          policies: { staticPolicies: { policy0: PERMIT } },
          entities: [],
          schema: oldSchema,
          requests: [],
          shouldValidate: true,
        },
        'c.json': { ...test, policies: { staticPolicies: PERMIT } },
        'd.json': { ...test, policies: [PERMIT] },
        'e.json': { ...test, policies: JSON.stringify({ staticPolicies: [PERMIT] }) },
      },
      6,
    ],
    [
      'templates as text by id',
      {
        't.json': {
          ...test,
          policies: {
            templates: { t: 'permit (principal == ?principal, action, resource);' },
            templateLinks: [{ templateId: 't', newId: 'policy0', values: { '?principal': ask.principal } }],
          },
        },
      },
      1,
    ],
    ['one request among the members of its test', { 't.json': { policies: PERMIT, entities: [], ...allowed } }, 1],
    [
      'what is expected apart from what is asked',
      {
        't.json': {
          policies: PERMIT,
          entities: [],
          requests: [{ request: ask, expected: { decision: 'allow', reasons: ['policy0'] } }],
        },
      },
      1,
    ],
    ['comments that end with a carriage return', { 'p.cedar': `// old\r${PERMIT}\r// end\r`, 't.json': test }, 1],
    ['U+0085 as a space', { 'p.cedar': `${PERMIT}\u0085`, 't.json': test }, 1],
    [
      'CRLF everywhere',
      { 'p.cedar': `// new\r\n${PERMIT}\r\n`, 't.json': JSON.stringify(test, null, 1).replaceAll('\n', '\r\n') },
      1,
    ],
  ])('%s', async (_name, files, count) => {
    expect(await outcomes(files)).toEqual(Array.from({ length: count }, () => 'ok'));
  });

  it('template links in the words of each tool', async () => {
    const policies = 'permit (principal == ?principal, action, resource);';
    const linked = (link: unknown) => ({ ...test, policies, links: [link] });
    const values = { '?principal': ask.principal };
    expect(
      await outcomes({
        'a.json': linked({ templateId: 'policy0', newId: 'x', values }),
        'b.json': linked({ template_id: 'policy0', link_id: 'x', args: { '?principal': 'User::"ann"' } }),
        'c.json': linked({ template_id: 'policy0', result_policy_id: 'x', args: { principal: { __entity: ask.principal } } }),
        'd.json': linked({ templateId: 'policy0', newId: 'x', values: { ...values, '?resource': ask.resource } }),
      }).then((got) => got.map((text) => (text.includes('"allow"') ? 'allow' : text))),
    ).toEqual(['allow', 'allow', 'allow', expect.stringContaining('?resource')]);
  });

  it.each([
    ['a spelling that the parser takes', { action: { op: 'all' } }, 'ok'],
    [
      'nothing after is',
      { conditions: [{ kind: 'when', body: { is: { left: { Var: 'principal' }, entity_type: 'User', in: null } } }] },
      'ok',
    ],
    ['a member that no policy has', { more: 1 }, 'error'],
    ['an action that is none', { action: { op: '==', entity: ask.principal } }, 'error'],
    [
      'a name that is none',
      { conditions: [{ kind: 'when', body: { is: { left: { Var: 'principal' }, entity_type: 'a b' } } }] },
      'error',
    ],
  ])('JSON policies are what the parser takes: %s', async (_name, more, outcome) => {
    const all = { op: 'All' };
    const policy0 = { effect: 'permit', principal: all, action: all, resource: all, conditions: [], ...more };
    const got = await outcomes({ 't.json': { ...test, policies: { staticPolicies: { policy0 } } } });
    expect(got.map((text) => text.slice(0, outcome.length))).toEqual([outcome]);
  });

  it('verdicts on validity that stand in a file beside the test are compared', async () => {
    const requests = [{ ...ask, principal: ask.resource }, allowed, { ...ask, context: 7 }, ask];
    const verdicts = (...strict: boolean[]) => ({
      policyValidation: { strict: true, permissive: true },
      requestValidation: strict.map((each) => ({ strict: each, permissive: each })),
    });
    const files = { 'p.cedar': PERMIT, 't.json': { ...test, schema: SCHEMA, requests } };
    expect(await outcomes({ ...files, 't.validation.json': verdicts(false, true, false, true) })).toEqual(
      Array.from({ length: 6 }, () => 'ok'),
    );
    expect(await outcomes({ ...files, 't.validation.json': verdicts(true, false, true) })).toEqual([
      'ok',
      'a request that is not valid: the action does not apply to the principal',
      'a valid request',
      'ok',
      expect.stringContaining('a request that is not valid: its context: '),
      'unreadable: it expects no decision',
    ]);
  });

  it('has_error is compared like a number', async () => {
    const claim = { request: ask, entities: [], decision: 'allow', reason: ['policy0'], has_error: true };
    expect(await outcomes({ 'p.cedar': PERMIT, 't.json': [claim] })).toEqual([
      '{"decision":"allow","reason":["policy0"],"errors":[]}',
    ]);
  });

  it('validates JSON policies with integers beyond 2^53, keeping equal ones equal', async () => {
    const same = '{"==": {"left": {"Value": 9007199254740993}, "right": {"Value": 9007199254740993}}}';
    const scope = '"principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"}';
    await write({
      'p.json': `{"staticPolicies": {"policy0": {"effect": "permit", ${scope}, "conditions": [{"kind": "when", "body": ${same}}]}}}`,
      't.json': { ...test, policies: 'p.json', schema: SCHEMA, shouldValidate: true },
    });
    expect(await run()).toMatchObject({ total: 2, passed: 2 });
  });

  it('follows links to files and folders, each folder once', async () => {
    await write({ 'real/p.cedar': PERMIT, 'real/t.json': test });
    await symlink(join(dir, 'real'), join(dir, 'linked'));
    await symlink(dir, join(dir, 'real', 'loop'));
    await mkdir(join(dir, 'files'));
    await symlink(join(dir, 'real', 't.json'), join(dir, 'files', 't.json'));
    await symlink(join(dir, 'real', 'p.cedar'), join(dir, 'files', 'p.cedar'));
    expect(await run(join(dir, 'files'))).toMatchObject({ total: 1, passed: 1 });
    expect(await run()).toMatchObject({ total: 2, passed: 2 });
  });

  it('runs one file when that is what it is given', async () => {
    await write({ 'x/p.cedar': PERMIT, 'x/t.json': test, 'x/other.json': '{' });
    expect((await run(join(dir, 'x', 't.json'))).cases.map(({ name, passed }) => [name, passed])).toEqual([
      ['t.json: 0 request 0', true],
    ]);
  });
});

describe('cases that cannot be read', () => {
  const one = { 'p.cedar': PERMIT };
  const withEntity = (more: object) => ({ ...test, entities: [{ uid: ask.principal, attrs: {}, parents: [], ...more }] });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a link that leads nowhere', {}, /ENOENT/],
    [
      'a byte order mark',
      { ...one, 't.json': `\uFEFF${JSON.stringify(test)}` },
      /t\.json is not JSON: it begins with a byte order mark/,
    ],
    ['text that is not UTF-8', { 'p.cedar': Buffer.from([0xff, 0xfe, 0x00]), 't.json': test }, /p\.cedar is not UTF-8/],
    [
      'a name twice',
      { ...one, 't.json': '{"policies": "p.cedar", "entities": [], "requests": [], "policies": "q"}' },
      /"policies" twice/,
    ],
    [
      'two policies of one id',
      { 't.json': { ...test, policies: 'p.json' }, 'p.json': '{"staticPolicies": {"a": 1, "\\u0061": 2}}' },
      /twice/,
    ],
    [
      'a word in place of false',
      { ...one, 't.json': { ...test, requests: [{ ...allowed, validateRequest: 'false' }] } },
      /validateRequest is neither true nor false/,
    ],
    [
      'a text in place of a list',
      { ...one, 't.json': { ...test, requests: [{ ...allowed, reason: 'policy0' }] } },
      /reason is not a list/,
    ],
    ['policies and no requests', { ...one, 't.json': { policies: 'p.cedar', entities: [], request: [] } }, /no requests/],
    ['policies that are a number', { 't.json': { ...test, policies: 7 } }, /policies are neither/],
    ['a schema that is a list', { ...one, 't.json': { ...test, schema: [] } }, /schema is neither/],
    ['a mode that is not checked', { ...one, 't.json': { ...test, validationMode: 'permissive' } }, /not strict/],
    ['a template link that is a text', { ...one, 't.json': { ...test, links: ['x'] } }, /link is not an object/],
    [
      'policies that do not parse',
      { 'p.cedar': `// é\n${PERMIT}\npermit (principle);`, 't.json': test },
      /p\.cedar: .*principle.* \(line 3\)/,
    ],
    [
      'a schema that does not parse',
      { ...one, 's.cedarschema': 'entity User\n entity;', 't.json': { ...test, schema: 's.cedarschema' } },
      /s\.cedarschema: .*\(line 2\)/,
    ],
    [
      'a context without end',
      {
        ...one,
        't.json': `{"policies": "p.cedar", "entities": [], "requests": [${JSON.stringify(allowed).replace('"context":{}', `"context":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)}]}`,
      },
      /nested too deep/,
    ],
    [
      'parents that are a text',
      { ...one, 't.json': withEntity({ parents: 'User::"bob"' }) },
      /parents of User::"ann" are not a list/,
    ],
    ['tags that are a list', { ...one, 't.json': withEntity({ tags: [1] }) }, /tags of an entity are not an object/],
    ['attributes that are a list', { ...one, 't.json': withEntity({ attrs: [1] }) }, /attributes of User::"ann"/],
    [
      'two policies under one id',
      { 't.json': { ...test, policies: { staticPolicies: { a: PERMIT + PERMIT } } } },
      /not one policy/,
    ],
  ])('%s: fails, and says so', async (name, files, what) => {
    if (name.startsWith('a link')) await symlink(join(dir, 'nowhere.json'), join(dir, 'gone.json'));
    const got = await outcomes(files);
    expect(
      got.some((text) => what.test(text)),
      got.join('\n'),
    ).toBe(true);
  });

  it('a request that cannot be read leaves the others of its file alone', async () => {
    const requests = [
      allowed,
      { ...ask },
      7,
      { ...allowed, principal: 'User' },
      { ...allowed, action: 'Action::"\\u{110000}"' },
      allowed,
    ];
    expect(await outcomes({ ...one, 't.json': { ...test, requests } })).toEqual([
      'ok',
      'unreadable: it expects no decision',
      'unreadable: it is not an object',
      'unreadable: its principal is not an entity: User',
      'unreadable: an entity has an escape that is no character',
      'ok',
    ]);
  });

  it('a denial without a policy says why none was asked', async () => {
    const requests = [
      { ...allowed, principal: { type: 'File', id: 'f' } },
      { ...allowed, context: 'none', validateRequest: false },
    ];
    const got = await outcomes({ ...one, 't.json': { ...test, schema: SCHEMA, requests } });
    expect(got.map((text) => (JSON.parse(text) as { problem: string }).problem)).toEqual([
      'the action does not apply to the principal',
      expect.stringContaining('its context: '),
    ]);
  });
});
