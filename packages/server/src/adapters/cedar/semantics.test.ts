/** Cedar's semantics as a table: each row is asked of our evaluator and of cedar-wasm, and both must say what the row says. */
import { createRequire } from 'node:module';
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { EntityUid, evaluatePlain, plainContext, plainEntities, plainPolicies } from '@countersign/kernel/cedar';
import { describe, expect, it } from 'vitest';
import { foreignCedar } from './foreign.ts';
import './wasm.ts';

const wasm = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar;

const ENTITIES = [
  {
    uid: { type: 'User', id: 'alice' },
    parents: [{ type: 'Group', id: 'staff' }],
    attrs: { age: 30, name: 'Alice' },
    tags: { t: 1 },
  },
  { uid: { type: 'Group', id: 'staff' }, parents: [{ type: 'Group', id: 'all' }], attrs: {}, tags: {} },
];
const CONTEXT = { bad: 1, s: 'x', nested: { a: { b: 1 } }, set: [1, 2], long: 7 };
const REQUEST = {
  principal: { type: 'User', id: 'alice' },
  action: { type: 'Action', id: 'a' },
  resource: { type: 'File', id: 'unregistered' },
};

type Outcome = 'true' | 'false' | 'error';
type Row = readonly [expression: string, outcome: Outcome];

async function ours(texts: readonly string[]) {
  const policies = plainPolicies(await foreignCedar.readPolicies(texts.join('\n')));
  const uid = ({ type, id }: { type: string; id: string }) => new EntityUid(type, id);
  const { principal, action, resource } = REQUEST;
  const request = { principal: uid(principal), action: uid(action), resource: uid(resource), context: plainContext(CONTEXT) };
  return evaluatePlain(policies, plainEntities(ENTITIES), request);
}

function theirs(texts: readonly string[]) {
  const answer = wasm.isAuthorized({
    ...REQUEST,
    context: CONTEXT,
    entities: ENTITIES,
    policies: { staticPolicies: texts.join('\n') },
  } as never);
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const { reason, errors } = answer.response.diagnostics;
  return { reason, errors: errors.map(({ policyId }) => policyId) };
}

async function outcomes(rows: readonly Row[]): Promise<{ ours: Outcome[]; wasm: Outcome[] }> {
  const texts = rows.map(([expression]) => `permit (principal, action, resource) when { ${expression} };`);
  const own = await ours(texts);
  const other = theirs(texts);
  const outcome =
    (reason: readonly string[], errors: readonly string[]) =>
    (_: unknown, at: number): Outcome =>
      reason.includes(`policy${at}`) ? 'true' : errors.includes(`policy${at}`) ? 'error' : 'false';
  return {
    ours: rows.map(
      outcome(
        own.reason,
        own.errors.map(({ policy }) => policy),
      ),
    ),
    wasm: rows.map(outcome(other.reason, other.errors)),
  };
}

const q = (text: string) => JSON.stringify(text);
const parses = (fn: string, good: readonly string[], bad: readonly string[]): Row[] => [
  ...good.map((text): Row => [`${fn}(${q(text)}) == ${fn}(${q(text)})`, 'true']),
  ...bad.map((text): Row => [`${fn}(${q(text)}) == ${fn}(${q(text)})`, 'error']),
];

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'order of evaluation': [
    ['true || context.missing', 'true'],
    ['context.missing || true', 'error'],
    ['false && context.missing', 'false'],
    ['context.missing && false', 'error'],
    ['true && 1', 'error'],
    ['false || 1', 'error'],
    ['if true then true else context.missing', 'true'],
    ['if 1 then true else true', 'error'],
    ['1', 'error'],
    ['!1', 'error'],
  ],
  'equality never fails, order does': [
    ['1 == "1"', 'false'],
    ['1 != "1"', 'true'],
    ['principal == 1', 'false'],
    ['decimal("1.0") == datetime("2024-01-01")', 'false'],
    ['decimal("1.0") == decimal("1.00")', 'true'],
    ['[1, 2, 2] == [2, 1]', 'true'],
    ['{a: 1, b: 2} == {b: 2, a: 1}', 'true'],
    ['1 < "2"', 'error'],
    ['decimal("1.0") < decimal("2.0")', 'error'],
    ['decimal("1.0").lessThan(decimal("2.0"))', 'true'],
    ['datetime("2024-01-01") < datetime("2024-01-02")', 'true'],
    ['duration("1h") >= duration("60m")', 'true'],
    ['datetime("2024-01-01") < duration("1h")', 'error'],
  ],
  'in and is': [
    ['principal in Group::"all"', 'true'],
    ['principal in principal', 'true'],
    ['resource in resource', 'true'],
    ['principal in []', 'false'],
    ['principal in [Group::"none", Group::"all"]', 'true'],
    ['principal in [Group::"all", 1]', 'error'],
    ['principal in [principal, "x"]', 'error'],
    ['"x" in principal', 'error'],
    ['principal in "x"', 'error'],
    ['principal is User', 'true'],
    ['principal is User in Group::"all"', 'true'],
    ['principal is Group in "not reached"', 'false'],
    ['1 is User', 'error'],
    ['resource in Group::"all"', 'false'],
  ],
  'attributes, has and tags': [
    ['principal.age == 30', 'true'],
    ['principal.missing == 1', 'error'],
    ['resource.age == 1', 'error'],
    ['resource has age', 'false'],
    ['principal has age', 'true'],
    ['context has nested.a.b', 'true'],
    ['context has nested.x.b', 'false'],
    ['context has s.a', 'error'],
    ['context has nested.a.b.c', 'error'],
    ['1 has a', 'error'],
    ['context.s.a == 1', 'error'],
    ['principal.hasTag("t") && principal.getTag("t") == 1', 'true'],
    ['principal.hasTag("u")', 'false'],
    ['resource.hasTag("t")', 'false'],
    ['principal.getTag("u") == 1', 'error'],
    ['resource.getTag("t") == 1', 'error'],
    ['principal.hasTag(1)', 'error'],
  ],
  like: [
    ['"src/pay/a.ts" like "src/*"', 'true'],
    ['"a\\nb" like "a*b"', 'true'],
    ['"a*b" like "a\\*b"', 'true'],
    ['"axb" like "a\\*b"', 'false'],
    ['"" like "*"', 'true'],
    ['"" like ""', 'true'],
    ['"aba" like "ab*ba"', 'false'],
    ['"abcabc" like "*abc"', 'true'],
    ['"\\u{e9}" like "e\\u{301}"', 'false'],
    ['"\\u{1F600}" like "*"', 'true'],
    ['1 like "*"', 'error'],
  ],
  arithmetic: [
    ['9223372036854775807 + 1 == 0', 'error'],
    ['-9223372036854775808 - 1 == 0', 'error'],
    ['-(-9223372036854775808) == 0', 'error'],
    ['4611686018427387904 * 2 == 0', 'error'],
    ['9223372036854775806 + 1 == 9223372036854775807', 'true'],
    ['9007199254740993 == 9007199254740992', 'false'],
    ['9007199254740993 - 1 == 9007199254740992', 'true'],
    ['9007199254740992 - 9007199254740993 == -1', 'true'],
    ['3037000500 * 3037000499 < 9223372036854775807', 'true'],
    ['0 * -5 == 0', 'true'],
    ['[0].contains(0 * -5)', 'true'],
    ['"a" + "b" == "ab"', 'error'],
  ],
  sets: [
    ['[1, "1", true].contains("1")', 'true'],
    ['[1].contains(true)', 'false'],
    ['[[1], [2]].contains([2])', 'true'],
    ['[1, 2].containsAll([])', 'true'],
    ['[].containsAny([1])', 'false'],
    ['[].isEmpty()', 'true'],
    ['[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10].containsAll([10, 9])', 'true'],
    ['[1, 2, 3, 4, 5, 6, 7, 8, User::"alice", [1]].containsAll([principal, [1, 1]])', 'true'],
    ['[1].containsAll(1)', 'error'],
    ['context.s.contains("x")', 'error'],
    ['"x".isEmpty()', 'error'],
  ],
  decimal: parses(
    'decimal',
    ['1.0', '-1.5', '0.0001', '01.10', '-0.0', '922337203685477.5807', '-922337203685477.5808'],
    [
      '1',
      '.5',
      '1.',
      '+1.0',
      '1.00000',
      '1e1.0',
      ' 1.0',
      '1.0 ',
      '',
      '-',
      '922337203685477.5808',
      '-922337203685477.5809',
      '١.٠',
    ],
  ),
  datetime: parses(
    'datetime',
    [
      '2024-10-15',
      '2024-02-29',
      '2000-02-29',
      '0000-01-01',
      '0000-02-29',
      '9999-12-31T23:59:59.999Z',
      '2024-10-15T11:35:00Z',
      '2024-10-15T11:35:00.000Z',
      '2024-10-15T11:35:00+0100',
      '2024-10-15T11:35:00.123-2359',
    ],
    [
      '2023-02-29',
      '1900-02-29',
      '2024-13-01',
      '2024-00-01',
      '2024-04-31',
      '2024-04-00',
      '24-04-01',
      '10000-01-01',
      '-001-01-01',
      '2024-10-15T11:35:00',
      '2024-10-15T11:35Z',
      '2024-10-15T11:35:00.00Z',
      '2024-10-15T11:35:00.0000Z',
      '2024-10-15T11:35:00z',
      '2024-10-15t11:35:00Z',
      '2024-10-15T24:00:00Z',
      '2024-10-15T23:60:00Z',
      '2024-10-15T23:59:60Z',
      '2024-10-15T11:35:00+01:00',
      '2024-10-15T11:35:00+2400',
      '2024-10-15T11:35:00+0060',
      '2024-10-15T11:35:00+01',
      '2024-10-15T11:35:00.123',
      '2024-10-15T',
      '2024-10-15 11:35:00Z',
      '2024/10/15',
      '2024-10-15Z',
      '2024-10-15T11:35:00ZZ',
      '',
    ],
  ),
  duration: parses(
    'duration',
    [
      '1d',
      '1h',
      '1m',
      '1s',
      '1ms',
      '1d2h3m4s5ms',
      '-1d12h',
      '0ms',
      '00001d',
      '9223372036854775807ms',
      '-9223372036854775808ms',
      '106751991167d',
    ],
    ['', '-', '1', 'd', '+1d', '1.5h', '1D', '1ms1s', '1h1h', '1d-1h', '1 d', '9223372036854775808ms', '106751991168d', '--1d'],
  ),
  ip: parses(
    'ip',
    [
      '127.0.0.1',
      '0.0.0.0/0',
      '10.0.0.7/24',
      '255.255.255.255/32',
      '::',
      '::1',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7::',
      '::2:3:4:5:6:7:8',
      '1::8',
      'ABCD::ef01/64',
      '::/0',
    ],
    [
      '01.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1.2.3.4/33',
      '1.2.3.4/032',
      '1.2.3.4/',
      '1.2.3.4/-1',
      '::/129',
      ':::',
      '1::2::3',
      '12345::',
      '00001::',
      '::ffff:1.2.3.4',
      'fe80::1%eth0',
      '1:2:3:4::5:6:7:8',
      '1:2:3:4:5:6:7',
      ':1:2:3:4:5:6:7',
      '1.2.3.4 ',
      '',
      '/8',
      '1..2.3',
      '.1.2.3',
    ],
  ),
  'extension methods': [
    ['ip("10.0.0.7/24") == ip("10.0.0.0/24")', 'false'],
    ['ip("10.0.0.7/24").isInRange(ip("10.0.0.0/24"))', 'true'],
    ['ip("10.0.0.0/24").isInRange(ip("10.0.0.7/24"))', 'true'],
    ['ip("10.0.0.0/23").isInRange(ip("10.0.0.0/24"))', 'false'],
    ['ip("10.0.0.1") == ip("10.0.0.1/32")', 'true'],
    ['ip("::1").isInRange(ip("0.0.0.0/0"))', 'false'],
    ['ip("10.0.0.1").isInRange(ip("::/0"))', 'false'],
    ['ip("1.2.3.4").isInRange(ip("0.0.0.0/0"))', 'true'],
    ['ip("127.0.0.1/8").isLoopback()', 'true'],
    ['ip("127.0.0.0/7").isLoopback()', 'false'],
    ['ip("::1/127").isLoopback()', 'false'],
    ['ip("224.0.0.0/4").isMulticast() && ip("ff00::/8").isMulticast()', 'true'],
    ['ip("ff00::/7").isMulticast()', 'false'],
    ['ip("1.1.1.1").isIpv4() && ip("::").isIpv6()', 'true'],
    ['"1.1.1.1".isIpv4()', 'error'],
    ['datetime("1969-12-31T23:00:00Z").toDate() == datetime("1969-12-31")', 'true'],
    ['datetime("1969-12-31T23:00:00Z").toTime() == duration("23h")', 'true'],
    ['datetime("2024-01-01").offset(duration("-1ms")).toTime() == duration("23h59m59s999ms")', 'true'],
    ['datetime("2024-01-02").durationSince(datetime("2024-01-01")) == duration("1d")', 'true'],
    ['duration("-90m").toHours() == -1', 'true'],
    ['duration("90m").toHours() == 1', 'true'],
    ['duration("1d").toMilliseconds() == 86400000', 'true'],
    [
      'datetime("1970-01-01").offset(duration("9223372036854775807ms")).offset(duration("1ms")) == datetime("1970-01-01")',
      'error',
    ],
    ['datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toDate() == datetime("1970-01-01")', 'error'],
    ['datetime("2024-10-15T11:35:00+0100") == datetime("2024-10-15T10:35:00Z")', 'true'],
  ],
};

describe('semantics, ours and cedar-wasm alike', () => {
  for (const [name, rows] of Object.entries(TABLES)) {
    it(name, async () => {
      const { ours: own, wasm: other } = await outcomes(rows);
      const asTable = (values: readonly Outcome[]) => rows.map(([expression], at) => `${expression} -> ${values[at]}`);
      expect(asTable(own)).toEqual(rows.map(([expression, outcome]) => `${expression} -> ${outcome}`));
      expect(asTable(other)).toEqual(asTable(own));
    });
  }

  it('skips a forbid that fails, as Cedar does, and reports it', async () => {
    const texts = [
      'permit (principal, action, resource);',
      'forbid (principal, action, resource) when { context.nothing == 1 };',
    ];
    expect(await ours(texts)).toEqual({
      decision: 'allow',
      reason: ['policy0'],
      errors: [{ policy: 'policy1', kind: 'attribute' }],
    });
    expect(theirs(texts)).toEqual({ reason: ['policy0'], errors: ['policy1'] });
  });

  it('lets forbid win, and names forbids only', async () => {
    const texts = [
      'permit (principal, action, resource);',
      'forbid (principal, action, resource);',
      'forbid (principal, action, resource) when { false };',
    ];
    expect(await ours(texts)).toEqual({ decision: 'deny', reason: ['policy1'], errors: [] });
  });

  it('names the kind of each failure', async () => {
    const kinds: readonly (readonly [string, string])[] = [
      ['1 < "x"', 'type'],
      ['context.nothing', 'attribute'],
      ['resource.nothing', 'entity'],
      ['9223372036854775807 + context.long == 0', 'overflow'],
      ['ip("x").isIpv4()', 'extension'],
      ['ip(1, 2) == 3', 'arity'],
    ];
    const answer = await ours(kinds.map(([expression]) => `permit (principal, action, resource) when { ${expression} };`));
    expect(answer.errors.map(({ kind }) => kind)).toEqual(kinds.map(([, kind]) => kind));
  });
});
