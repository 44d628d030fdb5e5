/** Words against words: no index on disk, no pattern of the caller's. Everything is bounded by the caps of the places. */
import type { Memory } from '../../ports/memory.ts';

const BREAK = /[^\p{L}\p{N}\p{M}]+/u;
const WORDS_MAX = 16;
/** Weights: the whole word, its beginning, a part of one (for scripts without spaces), a tag. */
const WHOLE = 8;
const BEGINS = 4;
const INSIDE = 1;
const TAG = 12;
const PREFIX_CHARS_MIN = 3;
/** Memories between two breaths of the event loop. */
const BATCH = 50;

const folded = (text: string): string => text.normalize('NFKC').toLowerCase();
const wordsOf = (text: string): readonly string[] => text.split(BREAK).filter((word) => word !== '');

const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Those that have any of the words, best first and newest of equals; all of them where no word is asked. Takes newest first. */
export async function rank(memories: readonly Memory[], query: string): Promise<readonly Memory[]> {
  const asked = [...new Set(wordsOf(folded(query)))].slice(0, WORDS_MAX);
  // A query of signs alone asks for something that no word is.
  if (asked.length === 0) return query.trim() === '' ? memories : [];
  const scored: { readonly memory: Memory; readonly score: number }[] = [];
  for (const [index, memory] of memories.entries()) {
    if (index > 0 && index % BATCH === 0) await breathe();
    const score = scoreOf(memory, asked);
    if (score > 0) scored.push({ memory, score });
  }
  return scored.sort((a, b) => b.score - a.score).map(({ memory }) => memory);
}

function scoreOf({ text, tags }: Memory, asked: readonly string[]): number {
  const whole = folded(text);
  const words = new Set(wordsOf(whole));
  let score = 0;
  for (const word of asked) {
    if (tags.includes(word)) score += TAG;
    if (words.has(word)) score += WHOLE;
    else if (!whole.includes(word)) continue;
    else score += word.length >= PREFIX_CHARS_MIN && begins(words, word) ? BEGINS : INSIDE;
  }
  return score;
}

function begins(words: ReadonlySet<string>, start: string): boolean {
  for (const word of words) if (word.startsWith(start)) return true;
  return false;
}
