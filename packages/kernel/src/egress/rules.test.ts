import { expect, test } from 'vitest';
import {
  hostMatches,
  inspectsAll,
  inspectsSome,
  isEvasive,
  isListed,
  methodsRule,
  pathsRule,
  ruleForRequest,
  rulesForHost,
} from './match.ts';
import type { EgressProfile, EgressRule } from './rule.ts';

const rule = (more: Partial<EgressRule>): EgressRule => ({
  id: 'r',
  host: 'a.test',
  decision: 'allow',
  tls: 'auto',
  private: false,
  websocket: false,
  raw: false,
  why: 'a test',
  ...more,
});

const profile = (rules: readonly Partial<EgressRule>[], unfamiliar: EgressProfile['unfamiliar'] = 'deny'): EgressProfile => ({
  name: 'p',
  rules: rules.map((one, index) => rule({ id: `r${index}`, ...one })),
  unfamiliar,
  uploadBytes: 1,
  downloadBytes: 1,
  connections: 1,
});

test.each<[string, string, boolean]>([
  ['a.test', 'a.test', true],
  ['a.test', 'xa.test', false],
  ['a.test', 'a.test.evil', false],
  ['*.a.test', 'a.test', false],
  ['*.a.test', 'x.a.test', true],
  ['*.a.test', 'x.y.a.test', true],
  ['*.a.test', 'x.y.z.a.test', false],
  ['*.a.test', 'xa.test', false],
  ['*.a.test', '.a.test', false],
  ['*.a.test', `${'x'.repeat(48)}.a.test`, true],
  ['*.a.test', `${'x'.repeat(49)}.a.test`, false],
])('%j covers %j: %s', (pattern, host, covers) => {
  expect(hostMatches(pattern, host)).toBe(covers);
});

test('the first rule that covers host and port decides what is known before a request', () => {
  const one = profile([
    { host: 'a.test', ports: [8443] },
    { host: 'a.test', methods: ['GET'] },
    { host: '*.a.test', decision: 'deny' },
  ]);
  expect(rulesForHost(one, 'a.test', 8443)).toMatchObject({ kind: 'rule', rule: { id: 'r0' } });
  expect(rulesForHost(one, 'a.test', 443)).toEqual({ kind: 'conditional' });
  expect(rulesForHost(one, 'a.test', 22)).toEqual({ kind: 'unfamiliar' });
  expect(rulesForHost(one, 'x.a.test', 443)).toMatchObject({ kind: 'rule', rule: { id: 'r2' } });
});

test('a denial covers every name below its wildcard, however long', () => {
  const one = profile([{ host: '*.a.test', decision: 'deny' }], 'report');
  expect(rulesForHost(one, `b.c.d.${'x'.repeat(60)}.a.test`, 443)).toMatchObject({ kind: 'rule' });
});

test('method and path choose the rule', () => {
  const one = profile([
    { methods: ['GET', 'HEAD'], paths: ['/api'] },
    { methods: ['POST'], paths: ['/api/issues/'] },
  ]);
  const id = (method: string, path: string): string | undefined =>
    ruleForRequest(one, { host: 'a.test', port: 443, method, path })?.id;
  expect([id('GET', '/api/x'), id('POST', '/api/issues/1'), id('POST', '/api/x'), id('GET', '/other')]).toEqual([
    'r0',
    'r1',
    undefined,
    undefined,
  ]);
  expect([pathsRule(one, 'a.test', 443), pathsRule(one, 'b.test', 443)]).toEqual([true, false]);
});

test('a path that a server may read as one of an earlier rule is evasive under a later one', () => {
  const one = profile([{ paths: ['/admin'], decision: 'deny' }, { methods: ['POST'], paths: ['/up'] }, {}]);
  const evades = (method: string, path: string): boolean | undefined => {
    const target = { host: 'a.test', port: 443, method, path };
    const rule = ruleForRequest(one, target);
    return rule === undefined ? undefined : isEvasive(one, target, rule);
  };
  expect(['/admin', '/Admin', '/%61dmin', '/admin;x', '/administrator', '/'].map((path) => evades('GET', path))).toEqual([
    false,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect([evades('GET', '/UP'), evades('POST', '/UP'), evades('POST', '/up')]).toEqual([false, true, false]);
  expect([methodsRule(one, 'a.test', 443), methodsRule(one, 'b.test', 443)]).toEqual([true, false]);
});

test('names exist inside where something may come of them', () => {
  const closed = profile([
    {},
    { host: 'no.test', decision: 'deny' },
    { host: 'some.test', decision: 'deny', paths: ['/x'] },
    { host: 'some.test' },
  ]);
  expect(['a.test', 'no.test', 'some.test', 'other.test'].map((host) => isListed(closed, host))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  const open = profile([{ host: 'no.test', decision: 'deny' }], 'ask');
  expect(['no.test', 'other.test'].map((host) => isListed(open, host))).toEqual([false, true]);
});

test.each<[string, EgressProfile, boolean, boolean]>([
  ['nothing', profile([{ tls: 'opaque' }, {}]), false, false],
  ['one of two', profile([{ tls: 'inspect' }, {}]), true, false],
  [
    'everything',
    profile([{ tls: 'inspect' }, { methods: ['GET'] }, { host: 'no.test', decision: 'deny' }, { credential: 'c' }]),
    true,
    true,
  ],
  ['what is unfamiliar', profile([{}], 'ask'), true, false],
])('a profile that inspects %s', (_name, one, some, all) => {
  expect([inspectsSome(one), inspectsAll(one)]).toEqual([some, all]);
});
