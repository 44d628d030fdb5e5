/** JSON read without rounding: integers beyond 2^53 become bigints. */

const TOKEN = /"(?:[^"\\]|\\[^])*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/gu;
const INTEGER = /^-?[0-9]+$/;

/** Throws a SyntaxError for text that is not JSON. */
export function parseExact(text: string): unknown {
  let mark = 'i64:';
  while (text.includes(mark)) mark = `i${mark}`;
  const marked = text.replace(TOKEN, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  if (marked === text) return JSON.parse(text) as unknown;
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as unknown;
}
