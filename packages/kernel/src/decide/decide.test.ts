import { describe, expect, it } from 'vitest';
import type { Facts } from '../action/index.ts';
import { Fault } from '../fault.ts';
import type { Json } from '../json.ts';
import { actionClassOf, actionsOf, argumentsOf, compileBundle, factsOf } from './bundle.ts';
import { decide } from './decide.ts';
import { requestDigestInput } from './digest.ts';
import type { PolicySource } from './source.ts';
import { ask, compare, FACTS, house, HOUSE_ENTITIES, HOUSE_SCHEMA, member, policy, value, when } from './testing/house.ts';

const permit = policy('permit', 'access', 'permit');
const failing = { conditions: when(compare('==', member('name'), value('x'))) };
const limit = policy('limit', 'limit', 'forbid');
const gateOf = (id: string, min: string, gate = 'dba', approvers = 'team:dba') =>
  policy(id, 'gate', 'forbid', { annotations: { gate, approvers, min } });
const duty = policy('duty', 'obligation', 'permit', { annotations: { obligation: 'b, a' } });

const run = (policies: readonly PolicySource[], facts: Facts = FACTS) => decide(compileBundle(house(policies)), facts, ask());

describe('merge', () => {
  const rows: readonly (readonly [string, readonly PolicySource[], string, string, readonly string[]])[] = [
    ['nothing permits', [], 'deny', 'default.no-permit', []],
    ['a permit', [permit], 'allow', 'ok', ['permit']],
    ['a duty alone', [duty], 'deny', 'default.no-permit', []],
    ['a limit', [permit, limit], 'deny', 'reason.limit', ['limit']],
    ['a limit before a gate', [permit, gateOf('g', '1'), limit], 'deny', 'reason.limit', ['limit']],
    ['an access forbid', [permit, policy('no', 'access', 'forbid')], 'deny', 'reason.access', ['no']],
    ['a limit before an access forbid', [limit, policy('no', 'access', 'forbid')], 'deny', 'reason.limit', ['limit']],
    ['a gate', [permit, gateOf('g', '1')], 'requireApproval', 'reason.gate', ['g']],
    ['a gate without a permit', [gateOf('g', '1')], 'deny', 'default.no-permit', []],
    [
      'an access forbid before a gate',
      [permit, gateOf('g', '1'), policy('no', 'access', 'forbid')],
      'deny',
      'reason.access',
      ['no'],
    ],
    ['a failing permit', [permit, policy('bad', 'access', 'permit', failing)], 'deny', 'policy.error', ['bad']],
    ['a failing forbid', [permit, policy('bad', 'limit', 'forbid', failing)], 'deny', 'policy.error', ['bad']],
    [
      'a failing duty',
      [permit, policy('bad', 'obligation', 'permit', { ...failing, annotations: { obligation: 'a' } })],
      'deny',
      'policy.error',
      ['bad'],
    ],
    ['a failure before a limit', [permit, limit, policy('bad', 'limit', 'forbid', failing)], 'deny', 'policy.error', ['bad']],
  ];

  it.each(rows)('%s', (_name, policies, answer, code, ids) => {
    const decision = run(policies);
    expect([decision.answer, decision.code, decision.policies]).toEqual([answer, code, ids]);
    expect(run(policies.toReversed())).toEqual(decision);
  });

  it('never enforces what is in shadow, errors included', () => {
    const shadow = (id: string, layer: string, effect: 'permit' | 'forbid', more = {}) =>
      policy(id, layer, effect, {
        ...more,
        annotations: { mode: 'shadow', gate: 'dba', approvers: 'team:dba', min: '1', obligation: 'a' },
      });
    const decision = run([
      shadow('s1', 'access', 'permit'),
      shadow('s2', 'access', 'forbid'),
      shadow('s3', 'limit', 'forbid'),
      shadow('s4', 'gate', 'forbid'),
      shadow('s5', 'obligation', 'permit'),
      shadow('s6', 'limit', 'forbid', failing),
      permit,
    ]);
    expect([decision.answer, decision.obligations, decision.errors]).toEqual(['allow', [], []]);
    expect(decision.shadow.map(({ policy: id, effect }) => `${id} ${effect}`)).toEqual([
      's1 wouldAllow',
      's2 wouldDeny',
      's3 wouldDeny',
      's4 wouldAsk',
      's5 wouldOblige',
      's6 error',
    ]);
    expect(run([shadow('s1', 'access', 'permit')]).code).toBe('default.no-permit');
  });

  it('asks each class of each group once, with the highest quorum', () => {
    const decision = run([permit, gateOf('g3', '1', 'owner', 'codeowners'), gateOf('g2', '3'), gateOf('g1', '2')]);
    expect(decision.gates).toEqual([
      { gate: 'dba', approvers: 'team:dba', min: 3, policies: ['g1', 'g2'] },
      { gate: 'owner', approvers: 'codeowners', min: 1, policies: ['g3'] },
    ]);
    expect(decision.reasons.map(({ policy: id }) => id)).toEqual(['g1', 'g2', 'g3']);
  });

  it('describes an error by kind and reference, without a value, and escalates to the owner', () => {
    const { errors, reasons } = run([permit, policy('bad', 'limit', 'forbid', failing)]);
    expect(errors).toEqual([
      { policy: 'bad', reference: 'p.cedar:1#bad', kind: 'attribute', message: 'An attribute or tag is read that is not there.' },
    ]);
    expect(reasons).toEqual([
      {
        code: 'policy.error',
        policy: 'bad',
        reference: 'p.cedar:1#bad',
        message: 'A policy failed, so nothing is allowed.',
        escalate: 'team:o',
      },
    ]);
  });

  it('gives obligations sorted, each once', () => {
    expect(
      run([permit, duty, policy('duty2', 'obligation', 'permit', { annotations: { obligation: 'c,a' } })]).obligations,
    ).toEqual(['a', 'b', 'c']);
  });

  it('sets the members of the kernel from the action', () => {
    const told = {
      conditions: when({
        '&&': { left: compare('==', member('op'), value('enter')), right: compare('==', member('actionClass'), value('read')) },
      }),
    };
    expect(run([policy('told', 'access', 'permit', told)]).answer).toBe('allow');
  });
});

describe('whyNot', () => {
  const inTeam = (id: string) => ({ principal: { op: 'in', entity: { type: 'H::Team', id } } });
  const inRoom = (id: string) => ({ resource: { op: 'in', entity: { type: 'H::Room', id } } });
  const small = compare('<', member('count'), value(1));

  it('names the nearest permits first, and of each the first part that failed', () => {
    const { whyNot } = run([
      policy('d.other-all', 'access', 'permit', { ...inTeam('nobody'), ...inRoom('cellar') }),
      policy('c.other-team', 'access', 'permit', inTeam('nobody')),
      policy('b.other-room', 'access', 'permit', inRoom('cellar')),
      policy('a.condition', 'access', 'permit', { conditions: [{ kind: 'when', body: small }] }),
      policy('a.shadow', 'access', 'permit', { annotations: { mode: 'shadow' } }),
      policy('z.unless', 'access', 'permit', {
        conditions: [{ kind: 'unless', body: compare('>=', member('count'), value(1)) }],
      }),
    ]);
    expect(whyNot).toEqual([
      { policy: 'a.condition', reference: 'p.cedar:1#a.condition', failed: ['context.count < 1'] },
      { policy: 'z.unless', reference: 'p.cedar:1#z.unless', failed: ['!(context.count >= 1)'] },
      { policy: 'b.other-room', reference: 'p.cedar:1#b.other-room', failed: ['resource in H::Room::"cellar"'] },
    ]);
  });

  it('splits a condition at its conjuncts, and counts how many are left', () => {
    const both = (left: Json, right: Json) => ({ conditions: when({ '&&': { left, right } }) });
    const yes = compare('==', member('count'), value(1));
    const { whyNot } = run([
      policy('far', 'access', 'permit', both(small, yes)),
      policy('near', 'access', 'permit', both(yes, small)),
    ]);
    expect(whyNot.map(({ policy: id, failed }) => [id, ...failed])).toEqual([
      ['near', 'context.count < 1'],
      ['far', 'context.count < 1'],
    ]);
  });

  it('stays short among many permits', () => {
    const many = Array.from({ length: 50 }, (_, at) => policy(`p${at}`, 'access', 'permit', inTeam(`t${at}`)));
    expect(
      run([...many, policy('own', 'access', 'permit', { ...inTeam('staff'), ...inRoom('cellar') })]).whyNot.map(
        ({ policy: id }) => id,
      ),
    ).toEqual(['own', 'p0', 'p1'].toSorted());
  });
});

describe('faults of our own', () => {
  it('deny as kernel.fault when a fact throws while it is read', () => {
    const facts = {
      get context(): never {
        throw new RangeError('Maximum call stack size exceeded');
      },
    };
    expect(run([permit], facts)).toMatchObject({ answer: 'deny', code: 'kernel.fault', policies: [] });
  });

  it('deny as kernel.fault when the evaluator throws what is not a failure', () => {
    const bundle = compileBundle(house([permit]));
    const broken = {
      ...bundle,
      index: new Proxy(bundle.index, {
        get() {
          throw new TypeError('broken');
        },
      }),
    };
    expect(decide(broken, FACTS, ask())).toMatchObject({ answer: 'deny', code: 'kernel.fault' });
  });
});

describe('compileBundle', () => {
  const est = (conditions: Json) => policy('x', 'access', 'permit', { conditions });
  const deep = (depth: number): Json => (depth === 0 ? value(true) : { '!': { arg: deep(depth - 1) } });
  const ann = HOUSE_ENTITIES[2];
  const context = (attributes: Json) => ({
    H: {
      entityTypes: { P: {} },
      actions: { a: { appliesTo: { principalTypes: ['P'], resourceTypes: ['P'], context: { type: 'Record', attributes } } } },
    },
  });

  it.each<[string, () => unknown]>([
    ['an unknown operator', () => house([est(when({ quantum: { left: value(1), right: value(2) } }))])],
    ['an unknown variable', () => house([est(when({ Var: 'world' }))])],
    ['a slot', () => house([policy('x', 'access', 'permit', { principal: { op: '==', slot: '?principal' } })])],
    ['nesting above 64', () => house([est(when(deep(66)))])],
    ['two policies of one id', () => house([permit, permit])],
    ['an id that differs from the text', () => house([{ ...permit, id: 'other' }])],
    ['no layer', () => house([policy('x', 'nowhere', 'permit')])],
    ['a permit as a limit', () => house([policy('x', 'limit', 'permit')])],
    ['a forbid as an obligation', () => house([policy('x', 'obligation', 'forbid', { annotations: { obligation: 'a' } })])],
    ['a gate without a class', () => house([policy('x', 'gate', 'forbid')])],
    ['a quorum of none', () => house([gateOf('x', '0')])],
    ['an unknown mode', () => house([policy('x', 'limit', 'forbid', { annotations: { mode: 'maybe' } })])],
    ['another language', () => ({ ...house([]), language: '5.0' })],
    ['two namespaces', () => house([], { schema: { ...HOUSE_SCHEMA, I: { entityTypes: {}, actions: {} } } })],
    ['an entity twice', () => house([], { entities: [...HOUSE_ENTITIES, ...HOUSE_ENTITIES.slice(0, 1)] })],
    [
      'an entity with an unknown attribute',
      () => house([], { entities: ann === undefined ? [] : [{ ...ann, attrs: { level: 1, rank: 2 } }] }),
    ],
    [
      'a cycle of entities',
      () =>
        house([], {
          entities: [{ uid: { type: 'H::Room', id: 'a' }, parents: [{ type: 'H::Room', id: 'a' }], attrs: { open: true } }],
        }),
    ],
    ['a member that nobody may set', () => house([], { schema: context({ x: { type: 'Long' } }) })],
    ['a member from nowhere', () => house([], { schema: context({ x: { type: 'Long', annotations: { from: 'moon' } } }) })],
    [
      'a member of the kernel that it does not set',
      () => house([], { schema: context({ x: { type: 'String', annotations: { from: 'kernel' } } }) }),
    ],
    [
      'a member named like an escape',
      () => house([], { schema: context({ __extn: { type: 'Long', annotations: { from: 'request' } } }) }),
    ],
    [
      'a type that does not exist',
      () => house([], { schema: context({ x: { type: 'Lang', annotations: { from: 'request' } } }) }),
    ],
    [
      'an action group that contains itself',
      () =>
        house([], {
          schema: { H: { entityTypes: {}, actions: { a: { memberOf: [{ id: 'b' }] }, b: { memberOf: [{ id: 'a' }] } } } },
        }),
    ],
  ])('refuses %s', (_name, source) => {
    const thrown = (() => {
      try {
        return compileBundle(source() as never);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(Fault);
    expect((thrown as Fault).code).toBe('bundle.invalid');
  });

  it('takes a chain of a thousand conjuncts, since a chain is not nested', () => {
    let body: Json = compare('==', member('count'), value(1));
    for (let at = 0; at < 1000; at += 1) body = { '&&': { left: body, right: compare('==', member('count'), value(1)) } };
    expect(run([policy('long', 'access', 'permit', { conditions: when(body) })]).answer).toBe('allow');
  });

  it('knows its actions, their classes, and who brings which member', () => {
    const bundle = compileBundle(house([]));
    expect(actionsOf(bundle)).toEqual(['enter']);
    expect([actionClassOf(bundle, 'enter'), actionClassOf(bundle, 'leave')]).toEqual(['read', null]);
    expect(factsOf(bundle, 'enter')).toEqual(['now', 'approvals']);
    expect(argumentsOf(bundle, 'enter')).toContain('count');
  });
});

describe('overlay', () => {
  const room = (id: string, above: readonly string[], open = true) => ({
    uid: { type: 'H::Room', id },
    parents: above.map((parent) => ({ type: 'H::Room', id: parent })),
    attrs: { open },
  });
  const inHouse = policy('in', 'access', 'permit', { resource: { op: 'in', entity: { type: 'H::Room', id: 'house' } } });
  const at = (id: string, entities: readonly ReturnType<typeof room>[]) =>
    decide(compileBundle(house([inHouse])), { ...FACTS, entities }, ask({}, { resource: { type: 'H::Room', id } })).code;

  it('gives an entity of the request its ancestors, through other entities of the request too', () => {
    expect(at('desk', [room('desk', ['attic'])])).toBe('ok');
    expect(at('desk', [room('desk', ['shelf']), room('shelf', ['attic'])])).toBe('ok');
    expect(at('desk', [room('desk', [])])).toBe('default.no-permit');
  });

  it('replaces an entity of the bundle, unless others depend on where it was', () => {
    expect(at('attic', [room('attic', [])])).toBe('default.no-permit');
    expect(at('attic', [room('house', [], false)])).toBe('ok');
    expect(at('attic', [room('house', ['hill'])])).toBe('request.invalid');
  });

  it('refuses a cycle among the entities of the request', () => {
    expect(at('desk', [room('desk', ['shelf']), room('shelf', ['desk'])])).toBe('request.invalid');
  });
});

describe('requestDigestInput', () => {
  it('has what was asked and nothing else', () => {
    const extra = { ...ask({ name: 'x' }), now: 'later', principal: { type: 'H::Person', id: 'ann', level: 9 } };
    expect(requestDigestInput(extra)).toEqual({
      principal: { type: 'H::Person', id: 'ann' },
      action: 'enter',
      resource: { type: 'H::Room', id: 'attic' },
      args: { count: 1, name: 'x' },
    });
  });
});
