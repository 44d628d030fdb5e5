/**
 * Cedar's JSON expressions (EST) compiled to closures. Left to right and never reordered: `true || err` is true, `err || true` fails.
 * Constant operands are folded; a folded operation that fails becomes a closure that fails when it is reached, not at load.
 */
import { Fault } from '../fault.ts';
import { isRecord } from '../json.ts';
import type { Environment, Run } from './environment.ts';
import { ATTRIBUTE_FAILURE, ENTITY_FAILURE, EvaluationFailure, TYPE_FAILURE } from './fail.ts';
import { FUNCTIONS } from './functions.ts';
import { matchesPieces, patternPieces } from './like.ts';
import { literalValue } from './literal.ts';
import { attributeOf, ENTITY_BINARY, hasAttribute, hasPath, isIn, PURE_BINARY, UNARY } from './operators.ts';
import { asEntity, asText, SetValue, type Value } from './value.ts';

/** Closures recurse, so nesting is bounded where the bundle is built; chains of `&&` and `||` are loops and count once. */
export const EXPRESSION_DEPTH_MAX = 64;

export interface Compiled {
  readonly run: Run;
  /** Set when the value does not depend on the request. */
  readonly constant?: Value;
}

type Body = Readonly<Record<string, unknown>>;
type Compile = (body: Body, depth: number) => Compiled;

const refuse = (what: string): never => {
  throw new Fault('bundle.invalid', `A policy has ${what} that this version of the kernel does not know.`);
};

const constant = (value: Value): Compiled => ({ run: () => value, constant: value });

const failing = (failure: EvaluationFailure): Compiled => ({
  run: () => {
    throw failure;
  },
});

/** Evaluates at compile time; only for operations that depend on nothing but constants. */
function fold(compute: () => Value): Compiled {
  try {
    return constant(compute());
  } catch (thrown) {
    if (thrown instanceof EvaluationFailure) return failing(thrown);
    throw thrown;
  }
}

function bodyOf(value: unknown): Body {
  return isRecord(value) ? value : refuse('an operand');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : refuse('a name');
}

/** Compiles an expression of `policyToJson`'s form, at most `depth` levels deep. Refuses the bundle (`bundle.invalid`) for an operator it does not know. */
export function compileExpression(est: unknown, depth = EXPRESSION_DEPTH_MAX): Compiled {
  if (depth < 0) throw new Fault('bundle.invalid', 'A policy is nested too deep.');
  const node = bodyOf(est);
  const names = Object.keys(node);
  const name = names[0];
  if (names.length !== 1 || name === undefined) return refuse('an expression');
  if (name === 'Value') return fold(() => literalValue(node.Value));
  if (name === 'Var') return variable(textOf(node.Var));
  if (name === 'Set') return setOf(node.Set, depth);
  const call = FUNCTIONS.get(name);
  if (call !== undefined) return callOf(call, node[name], depth);
  const compile = OPERATORS.get(name);
  return compile === undefined ? refuse(`an operator (${name.slice(0, 40)})`) : compile(bodyOf(node[name]), depth);
}

function variable(name: string): Compiled {
  if (name === 'principal') return { run: (env) => env.principal };
  if (name === 'action') return { run: (env) => env.action };
  if (name === 'resource') return { run: (env) => env.resource };
  if (name === 'context') return { run: (env) => env.context };
  return refuse('a variable');
}

function compileAll(list: unknown, depth: number): Compiled[] {
  if (!Array.isArray(list)) return refuse('a list');
  return list.map((element) => compileExpression(element, depth - 1));
}

const valuesOf = (parts: readonly Compiled[]): Value[] | undefined => {
  const values: Value[] = [];
  for (const part of parts) {
    if (part.constant === undefined) return undefined;
    values.push(part.constant);
  }
  return values;
};

function setOf(list: unknown, depth: number): Compiled {
  const parts = compileAll(list, depth);
  const values = valuesOf(parts);
  if (values !== undefined) return constant(new SetValue(values));
  const runs = parts.map((part) => part.run);
  return { run: (env) => new SetValue(runs.map((run) => run(env))) };
}

function recordOf(body: Body, depth: number): Compiled {
  const names = Object.keys(body);
  const parts = names.map((name) => compileExpression(body[name], depth - 1));
  const make = (values: readonly Value[]): Value => new Map(names.map((name, at) => [name, values[at] as Value]));
  const values = valuesOf(parts);
  if (values !== undefined) return constant(make(values));
  return { run: (env) => make(parts.map((part) => part.run(env))) };
}

function callOf(call: (...args: Value[]) => Value, list: unknown, depth: number): Compiled {
  const parts = compileAll(list, depth);
  const values = valuesOf(parts);
  if (values !== undefined) return fold(() => call(...values));
  const [a, b] = parts;
  if (a !== undefined && b === undefined) return { run: (env) => call(a.run(env)) };
  if (a !== undefined && b !== undefined && parts.length === 2) return { run: (env) => call(a.run(env), b.run(env)) };
  return { run: (env) => call(...parts.map((part) => part.run(env))) };
}

const operands = (body: Body, depth: number): [Compiled, Compiled] => [
  compileExpression(body.left, depth - 1),
  compileExpression(body.right, depth - 1),
];

function pureBinary(name: string, apply: (left: Value, right: Value) => Value): Compile {
  return (body, depth) => {
    const [left, right] = operands(body, depth);
    const { run: l, constant: a } = left;
    const { run: r, constant: b } = right;
    if (a !== undefined && b !== undefined) return fold(() => apply(a, b));
    if (b === undefined) return { run: (env) => apply(l(env), r(env)) };
    // A primitive equals itself and nothing else, so identity is enough.
    if (name === '==' && typeof b !== 'object') return { run: (env) => l(env) === b };
    if (name === '!=' && typeof b !== 'object') return { run: (env) => l(env) !== b };
    return { run: (env) => apply(l(env), b) };
  };
}

function entityBinary(apply: (left: Value, right: Value, env: Environment) => Value): Compile {
  return (body, depth) => {
    const [left, right] = operands(body, depth);
    return { run: (env) => apply(left.run(env), right.run(env), env) };
  };
}

function unary(apply: (arg: Value) => Value): Compile {
  return (body, depth) => {
    const { run, constant: value } = compileExpression(body.arg, depth - 1);
    if (value !== undefined) return fold(() => apply(value));
    return { run: (env) => apply(run(env)) };
  };
}

/** The operands of a chain of the same operator, in order: `(a && b) && (c && d)` is a, b, c, d. Iterative, since a chain may be long. */
export function chainOf(est: unknown, operator: '&&' | '||'): unknown[] {
  const links: unknown[] = [];
  const pending: unknown[] = [est];
  while (pending.length > 0) {
    const next = pending.pop();
    const body = isRecord(next) && Object.keys(next).length === 1 ? next[operator] : undefined;
    if (isRecord(body)) pending.push(body.right, body.left);
    else links.push(next);
  }
  return links;
}

/** `stop` is the value that ends the chain: false for `&&`, true for `||`. */
function chain(operator: '&&' | '||', stop: boolean): Compile {
  return (body, depth) => {
    const runs = chainOf({ [operator]: body }, operator).map((link) => compileExpression(link, depth - 1).run);
    return {
      run: (env) => {
        for (const run of runs) {
          const value = run(env);
          if (value === stop) return stop;
          if (typeof value !== 'boolean') throw TYPE_FAILURE;
        }
        return !stop;
      },
    };
  };
}

function conditional(body: Body, depth: number): Compiled {
  const test = compileExpression(body.if, depth - 1).run;
  const yes = compileExpression(body.then, depth - 1).run;
  const no = compileExpression(body.else, depth - 1).run;
  return {
    run: (env) => {
      const value = test(env);
      if (typeof value !== 'boolean') throw TYPE_FAILURE;
      return value ? yes(env) : no(env);
    },
  };
}

const isVariable = (est: unknown, name: string): boolean => isRecord(est) && est.Var === name && Object.keys(est).length === 1;

/** Attributes of the three variables are the common case and need no look-up by key. */
function attribute(body: Body, depth: number): Compiled {
  const name = textOf(body.attr);
  if (isVariable(body.left, 'context')) return { run: (env) => env.context.get(name) ?? missing() };
  if (isVariable(body.left, 'principal'))
    return { run: (env) => (env.principalData ?? unknownEntity()).attrs.get(name) ?? missing() };
  if (isVariable(body.left, 'resource'))
    return { run: (env) => (env.resourceData ?? unknownEntity()).attrs.get(name) ?? missing() };
  const { run } = compileExpression(body.left, depth - 1);
  return { run: (env) => attributeOf(run(env), name, env) };
}

const missing = (): never => {
  throw ATTRIBUTE_FAILURE;
};
const unknownEntity = (): never => {
  throw ENTITY_FAILURE;
};

function has(body: Body, depth: number): Compiled {
  const path = Array.isArray(body.attr) ? body.attr.map(textOf) : [textOf(body.attr)];
  const [name] = path;
  const { run } = compileExpression(body.left, depth - 1);
  if (name === undefined) return refuse('an empty attribute path');
  if (path.length > 1) return { run: (env) => hasPath(run(env), path, env) };
  if (isVariable(body.left, 'context')) return { run: (env) => env.context.has(name) };
  return { run: (env) => hasAttribute(run(env), name, env) };
}

function like(body: Body, depth: number): Compiled {
  const pieces = Array.isArray(body.pattern) ? patternPieces(body.pattern) : undefined;
  if (pieces === undefined) return refuse('a pattern');
  const { run } = compileExpression(body.left, depth - 1);
  return { run: (env) => matchesPieces(asText(run(env)), pieces) };
}

function is(body: Body, depth: number): Compiled {
  const type = textOf(body.entity_type);
  const { run } = compileExpression(body.left, depth - 1);
  if (body.in === undefined || body.in === null) return { run: (env) => asEntity(run(env)).type === type };
  const above = compileExpression(body.in, depth - 1).run;
  return {
    run: (env) => {
      const entity = asEntity(run(env));
      return entity.type === type && isIn(entity, above(env), env);
    },
  };
}

const OPERATORS: ReadonlyMap<string, Compile> = new Map<string, Compile>([
  ...Object.entries(PURE_BINARY).map(([name, apply]): [string, Compile] => [name, pureBinary(name, apply)]),
  ...Object.entries(ENTITY_BINARY).map(([name, apply]): [string, Compile] => [name, entityBinary(apply)]),
  ...Object.entries(UNARY).map(([name, apply]): [string, Compile] => [name, unary(apply)]),
  ['&&', chain('&&', false)],
  ['||', chain('||', true)],
  ['if-then-else', conditional],
  ['.', attribute],
  ['has', has],
  ['like', like],
  ['is', is],
  ['Record', recordOf],
]);
