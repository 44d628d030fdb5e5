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

const TOKEN = /\/\/[^\n]*|"(?:[^"\\]|\\[^])*"?|[0-9]+|[A-Za-z_][A-Za-z0-9_]*|\s+|[^]/gu;

export function lex(text: string): Lexed {
  const statements: Statement[] = [];
  const bigIntegers: number[] = [];
  let line = 1;
  let start = -1;
  let startLine = 1;
  let depth = 0;
  let deepest = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const isTrivia = token.startsWith('//') || /^\s/.test(token);
    if (!isTrivia && start < 0) {
      start = match.index;
      startLine = line;
    }
    if (/^[0-9]/.test(token) && Number(token) > Number.MAX_SAFE_INTEGER) bigIntegers.push(line);
    else if (token === '(' || token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ')' || token === ']' || token === '}') depth -= 1;
    else if (token === ';') {
      statements.push({ text: text.slice(start, match.index + 1), line: startLine });
      start = -1;
    }
    line += token.split('\n').length - 1;
  }
  return { statements, bigIntegers, depth: deepest, rest: start < 0 ? '' : text.slice(start) };
}

/** Integer literals beyond 2^53 - 1 replaced by `replace`; text in strings and comments stays. */
export function replaceBigIntegers(text: string, replace: (digits: string) => string): string {
  return text.replace(TOKEN, (token) =>
    /^[0-9]/.test(token) && Number(token) > Number.MAX_SAFE_INTEGER ? replace(token) : token,
  );
}
