/** JSON read without rounding and without choosing: integers beyond 2^53 become bigints, and a name that an object has twice is refused. */

const TOKEN = /"(?:[^"\\]|\\[^])*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[{}[\]]/gu;
const INTEGER = /^-?[0-9]+$/;
const NAME_FOLLOWS = /\s*:/uy;

/** Throws for a name that one object has twice, which readers take in different ways. The text must be JSON. */
function refuseRepeats(text: string): void {
  const open: (Set<unknown> | undefined)[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) {
      NAME_FOLLOWS.lastIndex = index + token.length;
      if (!NAME_FOLLOWS.test(text)) continue;
      const names = open.at(-1);
      const name: unknown = JSON.parse(token);
      if (names?.has(name)) throw new SyntaxError(`an object has ${token.slice(0, 100)} twice`);
      names?.add(name);
    }
  }
}

/** Throws a SyntaxError for text that is not JSON. */
export function parseExact(text: string): unknown {
  let mark = 'i64:';
  while (text.includes(mark)) mark = `i${mark}`;
  const marked = text.replace(TOKEN, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  const plain = JSON.parse(text) as unknown;
  refuseRepeats(text);
  if (marked === text) return plain;
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as unknown;
}
