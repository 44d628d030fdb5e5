/** `like` patterns: literal pieces between stars, found left to right. No regular expression, so no backtracking. */

/** Cedar's pattern elements joined into the literals between the stars: `a*b` is `['a', 'b']`; undefined when an element is unknown. */
export function patternPieces(elements: readonly unknown[]): string[] | undefined {
  const pieces = [''];
  for (const element of elements) {
    if (element === 'Wildcard') {
      pieces.push('');
      continue;
    }
    const literal = typeof element === 'object' && element !== null ? (element as { Literal?: unknown }).Literal : undefined;
    if (typeof literal !== 'string') return undefined;
    pieces[pieces.length - 1] += literal;
  }
  return pieces;
}

/** A star stands for any characters, none and newlines included; taking the leftmost match of each piece is never worse than a later one. */
export function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return text === first;
  const last = pieces[pieces.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length - 1; i += 1) {
    const piece = pieces[i] ?? '';
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
