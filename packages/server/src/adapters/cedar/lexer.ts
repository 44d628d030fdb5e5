/**
 * Just enough of Cedar's tokens to know where a statement begins: comments, strings, numbers, brackets and semicolons. It decides nothing;
 * the real parser's own parts are compared with these statements, and a difference refuses the file.
 */

export interface Statement {
  readonly text: string;
  /** Line of the first token, from 1. */
  readonly line: number;
}

export interface Lexed {
  readonly statements: readonly Statement[];
  /** Lines with an integer literal above 2^53 - 1, which the parser's JSON would round. */
  readonly bigIntegers: readonly number[];
  /** Deepest nesting of brackets. */
  readonly depth: number;
  /** Text after the last semicolon that is not comment or space, as after a forgotten semicolon. */
  readonly rest: string;
}

/** To the parser a comment ends with the line, whichever of the two characters ends it, and U+0085 is a space. */
const TOKEN = /\/\/[^\n\r]*|"(?:[^"\\]|\\[^])*"?|[0-9]+|[A-Za-z_][A-Za-z0-9_]*|[\s\u0085]+|[^]/gu;

const isTrivia = (token: string): boolean => token.startsWith('//') || /^[\s\u0085]/.test(token);
const isBigInteger = (token: string): boolean => /^[0-9]/.test(token) && Number(token) > Number.MAX_SAFE_INTEGER;

/** What a token adds to the nesting. */
function nesting(token: string): number {
  if (token === '(' || token === '[' || token === '{') return 1;
  return token === ')' || token === ']' || token === '}' ? -1 : 0;
}

export function lex(text: string): Lexed {
  const statements: Statement[] = [];
  const bigIntegers: number[] = [];
  let begin: { at: number; line: number } | undefined;
  let line = 1;
  let depth = 0;
  let deepest = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (!isTrivia(token)) begin ??= { at: index, line };
    if (isBigInteger(token)) bigIntegers.push(line);
    depth += nesting(token);
    deepest = Math.max(deepest, depth);
    if (token === ';' && begin !== undefined) {
      statements.push({ text: text.slice(begin.at, index + 1), line: begin.line });
      begin = undefined;
    }
    line += token.split('\n').length - 1;
  }
  return { statements, bigIntegers, depth: deepest, rest: begin === undefined ? '' : text.slice(begin.at) };
}

/** Integer literals beyond 2^53 - 1 replaced by `replace`; text in strings and comments stays. */
export function replaceBigIntegers(text: string, replace: (digits: string) => string): string {
  return text.replace(TOKEN, (token) =>
    /^[0-9]/.test(token) && Number(token) > Number.MAX_SAFE_INTEGER ? replace(token) : token,
  );
}
