/** Expressions as Cedar text, for people who were denied: names of attributes and the policy's own literals, never a value of the request. */
import { isRecord } from '../json.ts';
import type { Conjunct, ScopeRule } from './policy.ts';

const INFIX: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
};
const RELATION = 3;
const UNARY = 6;
const MEMBER = 7;
const METHODS = new Set(['contains', 'containsAll', 'containsAny', 'getTag', 'hasTag']);
const CONSTRUCTORS = new Set(['ip', 'decimal', 'datetime', 'duration']);
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const quote = (text: unknown): string => JSON.stringify(String(text));
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const renderEntity = (type: string, id: string): string => `${type}::${quote(id)}`;

function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (!isRecord(value)) return String(value);
  const { __entity: entity, __extn: extension } = value;
  if (isRecord(entity)) return renderEntity(String(entity.type), String(entity.id));
  if (isRecord(extension)) return `${String(extension.fn)}(${literal(extension.arg)})`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${quote(name)}: ${literal(member)}`)
    .join(', ')}}`;
}

function pattern(elements: unknown): string {
  const text = list(elements).map((element) => {
    if (!isRecord(element)) return '*';
    return quote(element.Literal).slice(1, -1).replaceAll('*', '\\*');
  });
  return `"${text.join('')}"`;
}

function path(attr: unknown): string {
  return Array.isArray(attr) ? attr.join('.') : IDENTIFIER.test(String(attr)) ? String(attr) : quote(attr);
}

/** Text and how tightly it binds. */
type Rendered = readonly [text: string, binding: number];

function within(est: unknown, binding: number): string {
  const [text, own] = rendered(est);
  return own < binding ? `(${text})` : text;
}

type Render = (body: Readonly<Record<string, unknown>>) => Rendered;

const SPECIAL: ReadonlyMap<string, Render> = new Map<string, Render>([
  ['!', (body) => [`!${within(body.arg, UNARY)}`, UNARY]],
  ['neg', (body) => [`-${within(body.arg, MEMBER)}`, UNARY]],
  ['isEmpty', (body) => [`${within(body.arg, MEMBER)}.isEmpty()`, MEMBER]],
  ['has', (body) => [`${within(body.left, RELATION + 1)} has ${path(body.attr)}`, RELATION]],
  ['like', (body) => [`${within(body.left, RELATION + 1)} like ${pattern(body.pattern)}`, RELATION]],
  [
    'is',
    (body) => {
      const above = body.in === undefined ? '' : ` in ${within(body.in, RELATION + 1)}`;
      return [`${within(body.left, RELATION + 1)} is ${String(body.entity_type)}${above}`, RELATION];
    },
  ],
  [
    '.',
    (body) => {
      const name = String(body.attr);
      return [within(body.left, MEMBER) + (IDENTIFIER.test(name) ? `.${name}` : `[${quote(name)}]`), MEMBER];
    },
  ],
  ['if-then-else', (body) => [`if ${within(body.if, 0)} then ${within(body.then, 0)} else ${within(body.else, 0)}`, 0]],
  [
    'Record',
    (body) => {
      const members = Object.entries(body).map(([name, value]) => `${quote(name)}: ${within(value, 0)}`);
      return [`{${members.join(', ')}}`, MEMBER];
    },
  ],
]);

function call(name: string, args: readonly unknown[]): Rendered {
  if (CONSTRUCTORS.has(name)) return [`${name}(${args.map((arg) => within(arg, 0)).join(', ')})`, MEMBER];
  const [receiver, ...rest] = args;
  return [`${within(receiver, MEMBER)}.${name}(${rest.map((arg) => within(arg, 0)).join(', ')})`, MEMBER];
}

function infix(name: string, body: Readonly<Record<string, unknown>>): Rendered {
  const binding = INFIX[name] ?? 0;
  // Relations do not chain; the others associate to the left.
  const left = within(body.left, binding === RELATION ? RELATION + 1 : binding);
  return [`${left} ${name} ${within(body.right, binding + 1)}`, binding];
}

function rendered(est: unknown): Rendered {
  if (!isRecord(est)) return ['?', 0];
  const [name = '', body] = Object.entries(est)[0] ?? [];
  if (name === 'Value') return [literal(body), MEMBER];
  if (name === 'Var') return [String(body), MEMBER];
  if (name === 'Set')
    return [
      `[${list(body)
        .map((element) => within(element, 0))
        .join(', ')}]`,
      MEMBER,
    ];
  if (Array.isArray(body)) return call(name, body);
  if (!isRecord(body)) return ['?', 0];
  const special = SPECIAL.get(name);
  if (special !== undefined) return special(body);
  return METHODS.has(name) ? call(name, [body.left, body.right]) : infix(name, body);
}

/** An expression of Cedar's JSON form as Cedar text. */
export const renderExpression = (est: unknown): string => within(est, 0);

export const renderConjunct = ({ est, negated }: Conjunct): string =>
  negated ? `!(${renderExpression(est)})` : renderExpression(est);

/** A scope clause as text, such as `principal in Countersign::Role::"editor"`. */
export function renderScope(side: 'principal' | 'resource', rule: ScopeRule): string {
  if (rule.kind === 'all') return side;
  if (rule.kind === 'equal') return `${side} == ${renderEntity(rule.entity.type, rule.entity.id)}`;
  if (rule.kind === 'in') return `${side} in ${renderEntity(rule.entity.type, rule.entity.id)}`;
  const above = rule.in === undefined ? '' : ` in ${renderEntity(rule.in.type, rule.in.id)}`;
  return `${side} is ${rule.type}${above}`;
}
