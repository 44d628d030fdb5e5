/**
 * The part of Starlark that a rules file needs: calls with named literals, constants, strings, lists, and `+` between them. Everything else is
 * refused with its line, and nothing is ever evaluated.
 */
import { Fault } from '../fault.ts';
import { type Token, tokens } from './starlark-tokens.ts';

export type Literal = string | number | boolean | null | readonly Literal[];

export interface RuleCall {
  readonly name: string;
  readonly line: number;
  readonly named: ReadonlyMap<string, Literal>;
}

/** Lists within lists. */
const DEPTH_MAX = 16;

const refuse = (line: number, problem: string): never => {
  throw new Fault('config.invalid', `line ${line}: ${problem}`);
};

class Parser {
  readonly #tokens: readonly Token[];
  readonly #constants = new Map<string, Literal>();
  readonly #calls: RuleCall[] = [];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  parse(): readonly RuleCall[] {
    while (this.#peek.kind !== 'end') {
      if (this.#peek.kind === 'newline') this.#at += 1;
      else this.#statement();
    }
    return this.#calls;
  }

  get #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', line: 0 };
  }

  #take(): Token {
    const token = this.#peek;
    this.#at += 1;
    return token;
  }

  #isMark(text: string): boolean {
    return this.#peek.kind === 'mark' && this.#peek.text === text;
  }

  #expect(text: string): void {
    const { line, kind, text: found } = this.#peek;
    if (!this.#isMark(text)) refuse(line, `\`${text}\` is expected, not ${kind === 'mark' ? `\`${found}\`` : kind}`);
    this.#at += 1;
  }

  #statement(): void {
    const { kind, text, line } = this.#take();
    if (kind !== 'name') refuse(line, 'only calls and constants are read here');
    if (this.#isMark('=')) {
      this.#at += 1;
      if (this.#constants.has(text)) refuse(line, `\`${text}\` is set twice`);
      this.#constants.set(text, this.#value(0));
    } else if (this.#isMark('(')) this.#calls.push(this.#call(text, line));
    else refuse(line, `\`${text}\` is neither a call nor a constant`);
    if (!['newline', 'end'].includes(this.#peek.kind)) refuse(this.#peek.line, 'one statement stands on a line');
  }

  #call(name: string, line: number): RuleCall {
    const named = new Map<string, Literal>();
    this.#expect('(');
    while (!this.#isMark(')')) {
      const key = this.#take();
      if (key.kind !== 'name') refuse(key.line, `the arguments of \`${name}\` are named`);
      this.#expect('=');
      if (named.has(key.text)) refuse(key.line, `\`${key.text}\` is given twice`);
      named.set(key.text, this.#value(0));
      if (!this.#isMark(')')) this.#expect(',');
    }
    this.#at += 1;
    return { name, line, named };
  }

  #value(depth: number): Literal {
    let value = this.#single(depth);
    while (this.#isMark('+')) {
      const { line } = this.#take();
      const more = this.#single(depth);
      if (typeof value === 'string' && typeof more === 'string') value += more;
      else if (Array.isArray(value) && Array.isArray(more)) value = [...(value as Literal[]), ...(more as Literal[])];
      else refuse(line, '`+` joins two strings or two lists');
    }
    return value;
  }

  #single(depth: number): Literal {
    const token = this.#take();
    if (token.kind === 'string') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'name') return this.#named(token);
    if (token.kind === 'mark' && token.text === '[') return this.#list(depth, token.line);
    return refuse(token.line, `a literal is expected, not ${token.kind === 'mark' ? `\`${token.text}\`` : token.kind}`);
  }

  #named({ text, line }: Token): Literal {
    if (text === 'True' || text === 'False') return text === 'True';
    if (text === 'None') return null;
    return this.#constants.has(text)
      ? (this.#constants.get(text) as Literal)
      : refuse(line, `\`${text}\` is not a constant of this file`);
  }

  #list(depth: number, line: number): Literal {
    if (depth >= DEPTH_MAX) return refuse(line, 'lists are nested too deeply');
    const items: Literal[] = [];
    while (!this.#isMark(']')) {
      items.push(this.#value(depth + 1));
      if (!this.#isMark(']')) this.#expect(',');
    }
    this.#at += 1;
    return items;
  }
}

/** Every call of the file, in order. @throws Fault config.invalid that names the line */
export const readCalls = (text: string): readonly RuleCall[] => new Parser(text).parse();
