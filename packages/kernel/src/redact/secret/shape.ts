/**
 * What can be said of a pattern without running it: how far it reaches, whether it can be made to backtrack, and the pattern of its
 * beginnings. Patterns are a small language here: literals, classes, groups, alternation and bounded quantifiers; nothing looks around,
 * nothing refers back. Whatever else a rule contains is refused when it is loaded.
 */
import { Fault } from '../../fault.ts';

interface Atom {
  readonly type: 'atom';
  readonly source: string;
}
interface Group {
  readonly type: 'group';
  readonly open: string;
  readonly alternatives: readonly (readonly Node[])[];
}
interface Repeat {
  readonly type: 'repeat';
  readonly body: Atom | Group;
  readonly least: number;
  readonly most: number;
}
type Node = Atom | Group | Repeat;

export interface Shape {
  /** Units of the longest match. */
  readonly reach: number;
  /** Source of a pattern that matches where a match of the whole could still come about with more text, and reaches to the text's end. */
  readonly beginning: string;
}

const refuse = (source: string, why: string): Fault => new Fault('internal.fault', `The pattern \`${source}\` ${why}`);

const ATOM = /\[(?:\\.|[^\]\\])+\]|\\.|[^\\[\](){}|?*+^$.]/y;
const BOUNDS = /\{(\d+)(?:,(\d+))?\}|\?/y;

class Reader {
  readonly source: string;
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  alternatives(): Node[][] {
    const all: Node[][] = [[]];
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        all.push([]);
        this.at += 1;
      } else all.at(-1)?.push(this.quantified());
    }
    return all;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found !== null) this.at = pattern.lastIndex;
    return found;
  }

  private single(): Atom | Group {
    if (this.source[this.at] === '(') return this.group();
    const [source] = this.take(ATOM) ?? [];
    if (source === undefined) throw refuse(this.source, `has something at ${this.at} that rules may not use`);
    if (/^\\[1-9bBkpPcu]/.test(source)) throw refuse(this.source, `uses ${source}`);
    return { type: 'atom', source };
  }

  private group(): Group {
    const open = this.source.startsWith('(?:', this.at) ? '(?:' : '(';
    if (open === '(' && this.source[this.at + 1] === '?') throw refuse(this.source, 'looks around or names a group');
    this.at += open.length;
    const alternatives = this.alternatives();
    if (this.source[this.at] !== ')') throw refuse(this.source, 'has a group without an end');
    this.at += 1;
    return { type: 'group', open, alternatives };
  }

  private quantified(): Node {
    const body = this.single();
    const bounds = this.take(BOUNDS);
    if (bounds === null) return body;
    const [, least, most] = bounds;
    if (least === undefined) return { type: 'repeat', body, least: 0, most: 1 };
    return { type: 'repeat', body, least: Number(least), most: Number(most ?? least) };
  }
}

function reach(node: Node): number {
  if (node.type === 'atom') return 1;
  if (node.type === 'repeat') return node.most * reach(node.body);
  return Math.max(...node.alternatives.map((nodes) => nodes.reduce((sum, one) => sum + reach(one), 0)));
}

/** Every atom may also be satisfied by the end of the text, once all text is used up. */
function beginning(node: Node): string {
  if (node.type === 'atom') return `(?:${node.source}|$)`;
  if (node.type === 'group') return `(?:${node.alternatives.map((nodes) => nodes.map(beginning).join('')).join('|')})`;
  return `(?:${beginning(node.body)}){${node.least},${node.most}}`;
}

const isVariable = (node: Node): boolean => node.type === 'repeat' && node.least !== node.most;
const holdsVariable = (node: Node): boolean =>
  node.type === 'repeat'
    ? isVariable(node) || holdsVariable(node.body)
    : node.type === 'group' && node.alternatives.some((nodes) => nodes.some(holdsVariable));

const stretches = (node: Node): boolean => node.type === 'repeat' && isVariable(node) && node.most > 1;

/** ASCII characters that a node can begin with. */
function firsts(node: Node): Set<string> {
  if (node.type === 'repeat') return firsts(node.body);
  if (node.type === 'group') return new Set(node.alternatives.flatMap((nodes) => [...sequenceFirsts(nodes)]));
  const pattern = new RegExp(`^${node.source}$`);
  const all = new Set<string>();
  for (let unit = 0; unit < 128; unit++) if (pattern.test(String.fromCharCode(unit))) all.add(String.fromCharCode(unit));
  return all;
}

function sequenceFirsts(nodes: readonly Node[]): Set<string> {
  const all = new Set<string>();
  for (const node of nodes) {
    for (const char of firsts(node)) all.add(char);
    if (node.type !== 'repeat' || node.least > 0) break;
  }
  return all;
}

function shares(one: Node, other: Node): boolean {
  const mine = firsts(one);
  return [...firsts(other)].some((char) => mine.has(char));
}

/** Two neighbours that can both give up characters to the other, or a repetition of something that varies: both make backtracking. */
function checkSequence(source: string, nodes: readonly Node[]): void {
  for (const [at, node] of nodes.entries()) {
    const inner = node.type === 'repeat' ? node.body : node;
    if (node.type === 'repeat' && node.most > 1 && holdsVariable(node.body))
      throw refuse(source, 'repeats what itself varies in length');
    if (inner.type === 'group') for (const alternative of inner.alternatives) checkSequence(source, alternative);
    const next = nodes[at + 1];
    if (next !== undefined && stretches(node) && stretches(next) && shares(node, next))
      throw refuse(source, 'has neighbours that match the same characters');
  }
}

/** @throws Fault when the pattern uses what rules may not use, is unbounded, or could backtrack */
export function shapeOf(source: string): Shape {
  const reader = new Reader(source);
  const alternatives = reader.alternatives();
  if (reader.at !== source.length) throw refuse(source, 'closes a group that was not opened');
  for (const nodes of alternatives) checkSequence(source, nodes);
  const whole: Group = { type: 'group', open: '(?:', alternatives };
  return { reach: reach(whole), beginning: `${beginning(whole)}$` };
}
