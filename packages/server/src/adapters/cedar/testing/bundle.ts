/** Random bundles: schema, layered policies, entities and requests, all typed by the schema, so that the kernel evaluates nearly every request. */
import type { ActionRequest, EntityRecord, Facts } from '@countersign/kernel/action';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { Dice } from './random.ts';

type Kind =
  | 'Long'
  | 'String'
  | 'Bool'
  | 'Set<String>'
  | 'datetime'
  | 'duration'
  | 'decimal'
  | 'ipaddr'
  | 'G::Doc'
  | '{ x: Long, y?: String }';
const KINDS: readonly Kind[] = [
  'Long',
  'String',
  'Bool',
  'Set<String>',
  'datetime',
  'duration',
  'decimal',
  'ipaddr',
  'G::Doc',
  '{ x: Long, y?: String }',
];

interface Member {
  readonly name: string;
  readonly kind: Kind;
  readonly optional: boolean;
  readonly from?: 'request' | 'facts';
}

export interface RandomBundle {
  readonly schema: string;
  readonly policies: string;
  readonly entities: readonly EntityRecord[];
  readonly requests: readonly { readonly facts: Facts; readonly request: ActionRequest }[];
}

const ACTIONS = ['read', 'write', 'drop'];
const GATES = ['dba', 'owner'];
const ref = (type: string, id: string) => ({ type: `G::${type}`, id });
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const AGENTS = ids('a', 5);
const TEAMS = ids('t', 3);
const DOCS = ids('d', 8);

const SAMPLES: Readonly<Record<Exclude<Kind, 'G::Doc' | 'Set<String>' | '{ x: Long, y?: String }'>, readonly Json[]>> = {
  Long: [0, 1, 5, -3, 9007199254740991],
  String: ['', 'a', 'agent/x', 'é'],
  Bool: [true, false],
  datetime: ['2026-11-21', '2026-11-21T10:00:00.000Z', '1969-12-31T23:59:59Z'],
  duration: ['1h', '-2d', '0ms'],
  decimal: ['1.0', '0.25', '-3.1415'],
  ipaddr: ['10.0.0.1', '10.0.0.0/8', '::1'],
};

function sample(dice: Dice, kind: Kind): Json {
  if (kind === 'G::Doc') return ref('Doc', dice.pick(DOCS));
  if (kind === 'Set<String>') return dice.some(['a', 'b', 'c', 'agent/x'], 0.5);
  if (kind === '{ x: Long, y?: String }')
    return { x: dice.pick([0, 1, 5]), ...(dice.chance(0.5) ? { y: dice.pick(['a', 'b']) } : {}) };
  return dice.pick(SAMPLES[kind]);
}

const members = (dice: Dice, prefix: string, from = false): Member[] =>
  Array.from({ length: 2 + dice.below(5) }, (_, at) => ({
    name: `${prefix}${at}`,
    kind: dice.pick(KINDS),
    optional: dice.chance(0.35),
    ...(from ? { from: dice.pick(['request', 'facts'] as const) } : {}),
  }));

const declare = (list: readonly Member[]): string =>
  list
    .map(
      ({ name, kind, optional, from }) =>
        `${from === undefined ? '' : `@from("${from}") `}${name}${optional ? '?' : ''}: ${kind}`,
    )
    .join(', ');

function valuesOf(dice: Dice, list: readonly Member[]): JsonRecord {
  return Object.fromEntries(
    list.filter(({ optional }) => !optional || dice.chance(0.5)).map(({ name, kind }) => [name, sample(dice, kind)]),
  );
}

const literal = (json: Json): string => (typeof json === 'string' ? JSON.stringify(json).replace('é', '\\u{e9}') : String(json));

/** A test of one member, of its own type; an optional member is sometimes read without `has`, which fails. */
function testOf(dice: Dice, owner: string, { name, kind, optional }: Member): string {
  const path = `${owner}.${name}`;
  const value = () => sample(dice, kind);
  const made = { datetime: 'datetime', duration: 'duration', decimal: 'decimal', ipaddr: 'ip' } as const;
  const tests: Readonly<Record<Kind, () => string>> = {
    Long: () =>
      `${path} ${dice.pick(['<', '<=', '>', '>=', '=='])} ${literal(value())}${dice.chance(0.1) ? ' + 9007199254740991 * 1024' : ''}`,
    String: () =>
      dice.chance(0.5) ? `${path} like "${dice.pick(['*', 'a*', '*x', 'agent/*'])}"` : `${path} == ${literal(value())}`,
    Bool: () => path,
    'Set<String>': () =>
      dice.pick([`${path}.contains("a")`, `${path}.containsAny(["a", "c"])`, `${path}.containsAll(["b"])`, `${path}.isEmpty()`]),
    datetime: () => `${path} < datetime(${literal(value())})`,
    duration: () => `${path} >= ${made.duration}(${literal(value())})`,
    decimal: () => `${path}.lessThan(decimal(${literal(value())}))`,
    ipaddr: () => `${path}.isInRange(ip(${literal(value())}))`,
    'G::Doc': () =>
      dice.pick([`${path} == G::Doc::"${dice.pick(DOCS)}"`, `${path} in G::Doc::"${dice.pick(DOCS)}"`, `resource in ${path}`]),
    '{ x: Long, y?: String }': () => dice.pick([`${path}.x > 0`, `${path} has y && ${path}.y == "a"`, `${path}.y == "b"`]),
  };
  const test = `(${tests[kind]()})`;
  return optional && dice.chance(0.8) ? `(${owner} has ${name} && ${test})` : test;
}

interface Shape {
  readonly agent: readonly Member[];
  readonly doc: readonly Member[];
  readonly context: readonly Member[];
}

function condition(dice: Dice, shape: Shape): string {
  const one = () =>
    dice.pick([
      () => testOf(dice, 'principal', dice.pick(shape.agent)),
      () => testOf(dice, 'resource', dice.pick(shape.doc)),
      () => testOf(dice, 'context', dice.pick(shape.context)),
    ])();
  const parts = Array.from({ length: 1 + dice.below(3) }, () => (dice.chance(0.2) ? `!${one()}` : one()));
  return parts.join(dice.pick([' && ', ' || ']));
}

function scope(dice: Dice): string {
  const principal = dice.pick([
    'principal',
    `principal in G::Team::"${dice.pick(TEAMS)}"`,
    `principal == G::Agent::"${dice.pick(AGENTS)}"`,
    'principal is G::Agent',
    `principal is G::Agent in G::Team::"${dice.pick(TEAMS)}"`,
  ]);
  const action = dice.pick([
    'action',
    `action == G::Action::"${dice.pick(ACTIONS)}"`,
    'action in G::Action::"class.read"',
    `action in [G::Action::"class.mutateHigh", G::Action::"${dice.pick(ACTIONS)}"]`,
  ]);
  const resource = dice.pick([
    'resource',
    `resource in G::Doc::"${dice.pick(DOCS)}"`,
    `resource == G::Doc::"${dice.pick(DOCS)}"`,
    'resource is G::Doc',
  ]);
  return `(${principal}, ${action}, ${resource})`;
}

/** One policy of a layer; `at` makes its id. */
function randomPolicy(dice: Dice, shape: Shape, at: number, layer: string): string {
  const said = '@reason("r.x") @message("m") @escalate("team:x")';
  const mode = dice.chance(0.15) ? ' @mode("shadow") @since("2026-11-21")' : '';
  const head = `@id("${layer}.${at}") @layer("${layer}") @owner("team:x")${mode}`;
  const when = dice.chance(0.8) ? ` ${dice.pick(['when', 'unless'])} { ${condition(dice, shape)} }` : '';
  if (layer === 'limit') return `${head} ${said} forbid ${scope(dice)}${when};`;
  if (layer === 'obligation') return `${head} @obligation("${dice.pick(['x', 'y,z', 'x, z'])}") permit ${scope(dice)}${when};`;
  if (layer === 'access') return `${head} ${dice.chance(0.85) ? 'permit' : 'forbid'} ${scope(dice)}${when};`;
  const gate = dice.pick(GATES);
  return `${head} ${said} @gate("${gate}") @approvers("team:${gate}") @min("${1 + dice.below(3)}") forbid ${scope(dice)}${when} unless { context.approvals.contains("${gate}") };`;
}

function entities(dice: Dice, shape: Shape): EntityRecord[] {
  const docs = DOCS.map((id, at) => ({
    uid: ref('Doc', id),
    parents: dice.some(DOCS.slice(at + 1), 0.25).map((above) => ref('Doc', above)),
    attrs: valuesOf(dice, shape.doc),
  }));
  const teams = TEAMS.map((id, at) => ({
    uid: ref('Team', id),
    parents: dice.some(TEAMS.slice(at + 1), 0.3).map((above) => ref('Team', above)),
    attrs: {},
  }));
  const agents = AGENTS.map((id) => ({
    uid: ref('Agent', id),
    parents: dice.some(TEAMS, 0.5).map((team) => ref('Team', team)),
    attrs: valuesOf(dice, shape.agent),
  }));
  return [...docs, ...teams, ...agents];
}

function request(dice: Dice, shape: Shape): { facts: Facts; request: ActionRequest } {
  const isOverlay = dice.chance(0.3);
  const overlay = {
    uid: ref('Doc', 'new'),
    parents: dice.some(DOCS, 0.3).map((id) => ref('Doc', id)),
    attrs: valuesOf(dice, shape.doc),
  };
  const of = (from: string) =>
    valuesOf(
      dice,
      shape.context.filter((member) => member.from === from),
    );
  return {
    facts: { context: { ...of('facts'), approvals: dice.some(GATES, 0.4) }, ...(isOverlay ? { entities: [overlay] } : {}) },
    request: {
      principal: ref('Agent', dice.pick(AGENTS)),
      action: dice.pick(ACTIONS),
      resource: ref('Doc', isOverlay ? 'new' : dice.pick(DOCS)),
      args: of('request'),
    },
  };
}

export function randomBundle(seed: number, size: { readonly policies: number; readonly requests: number }): RandomBundle {
  const dice = new Dice(seed);
  const shape: Shape = { agent: members(dice, 'p'), doc: members(dice, 'r'), context: members(dice, 'c', true) };
  const context = `{ @from("kernel") op: String, @from("facts") approvals: Set<String>, ${declare(shape.context)} }`;
  const schema = `namespace G {
  entity Team in [Team]; entity Agent in [Team] { ${declare(shape.agent)} }; entity Doc in [Doc] { ${declare(shape.doc)} };
  type Ctx = ${context};
  action "class.read", "class.mutateHigh";
  action read in ["class.read"] appliesTo { principal: Agent, resource: Doc, context: Ctx };
  action write, drop in ["class.mutateHigh"] appliesTo { principal: Agent, resource: Doc, context: Ctx };
}`;
  const layers = ['access', 'access', 'access', 'access', 'limit', 'gate', 'gate', 'obligation'];
  const policies = Array.from({ length: size.policies }, (_, at) =>
    randomPolicy(dice, shape, at, layers[at % layers.length] ?? 'access'),
  );
  return {
    schema,
    policies: policies.join('\n'),
    entities: entities(dice, shape),
    requests: Array.from({ length: size.requests }, () => request(dice, shape)),
  };
}
