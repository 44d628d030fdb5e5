/** The known word that a misspelt one is nearest to. */

/** Undefined when nothing is near enough to be helpful: more than a third of the letters would have to change. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = candidate.toLowerCase() === word.toLowerCase() ? 0 : edits(word, candidate, least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Edits (insert, drop, change, swap of neighbours) from a to b; `cap` or more is not counted out. */
function edits(a: string, b: string, cap: number): number {
  if (Math.abs(a.length - b.length) >= cap || a.length > LONGEST) return cap;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(at(next, j - 1) + 1, at(row, j) + 1, at(row, j - 1) + same, isSwap ? at(before, j - 2) + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const LONGEST = 200;
const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
