/** How random a value looks, scaled so that one threshold serves short and long values and every alphabet. */

const ALPHABETS: readonly (readonly [RegExp, number])[] = [
  [/^[0-9]+$/, 10],
  [/^[0-9a-f-]+$|^[0-9A-F-]+$/, 16],
  [/^[0-9a-z_-]+$|^[0-9A-Z_-]+$/, 36],
  [/^[0-9A-Za-z_-]+$/, 62],
];

const alphabetOf = (value: string): number => ALPHABETS.find(([pattern]) => pattern.test(value))?.[1] ?? 72;

/** Shannon entropy of the characters, bits a character. */
function shannon(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** Entropy as a share of the most that a value of this length over this alphabet can have; random values reach 0.8 and more. */
export function entropyShare(value: string): number {
  const most = Math.log2(Math.min(value.length, alphabetOf(value)));
  return most > 0 ? shannon(value) / most : 0;
}

// The letter pairs that make up about half of English text; chance gives them less than a tenth.
const PAIRS = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ' +
    'll be ma si om ur ss ge et rt un ct ns pe pr tr us'
  ).split(' '),
);

/** Whether letters follow one another as they do in words: names of things, not keys. */
export function readsLikeWords(value: string): boolean {
  const text = value.toLowerCase();
  let pairs = 0;
  let common = 0;
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = text.slice(i, i + 2);
    if (!/^[a-z]{2}$/.test(pair)) continue;
    pairs += 1;
    if (PAIRS.has(pair)) common += 1;
  }
  return pairs >= 5 && pairs > text.length / 3 && common / pairs >= 0.3;
}
