/**
 * Aho-Corasick over UTF-16 units: finds every occurrence of every keyword in one pass. A full-width table (256 columns a state) read with
 * `charCodeAt`; measured faster than compressed columns and than any conversion to bytes. ASCII letters are folded; units above 255 go to
 * the root, since no keyword has one.
 */
import { Fault } from '../fault.ts';

/** Columns of a state. */
const WIDTH = 256;
const SHIFT = 8;

export interface Automaton {
  /** Next state times 256, by state times 256 plus unit. States at or above `firstHit` end at least one keyword. */
  readonly table: Int32Array;
  readonly firstHit: number;
  /** Keywords that end in a state, by state; longest first. */
  readonly ends: readonly (readonly number[])[];
  /** Length of the longest keyword beginning that a state stands for. */
  readonly depth: Int32Array;
  readonly keywords: readonly string[];
}

interface Trie {
  readonly next: Map<number, number>[];
  readonly depth: number[];
  readonly ends: number[][];
}

const FOLDED = /^[\x00-@[-\xff]+$/;

function plant(keywords: readonly string[]): Trie {
  const trie: Trie = { next: [new Map()], depth: [0], ends: [[]] };
  for (const [id, keyword] of keywords.entries()) {
    if (!FOLDED.test(keyword)) throw new Fault('internal.fault', 'A keyword is empty, has capitals, or has characters above U+00FF');
    let state = 0;
    for (let i = 0; i < keyword.length; i++) {
      const unit = keyword.charCodeAt(i);
      let child = trie.next[state]?.get(unit);
      if (child === undefined) {
        child = trie.next.push(new Map()) - 1;
        trie.depth.push(i + 1);
        trie.ends.push([]);
        trie.next[state]?.set(unit, child);
      }
      state = child;
    }
    trie.ends[state]?.push(id);
  }
  return trie;
}

/** Full transitions in breadth-first order, so that the row of the longest suffix is complete when it is copied. */
function complete(trie: Trie): Int32Array {
  const table = new Int32Array(trie.next.length * WIDTH);
  const fail = new Int32Array(trie.next.length);
  const queue: number[] = [0];
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] ?? 0;
    const row = state << SHIFT;
    const back = (fail[state] ?? 0) << SHIFT;
    if (state !== 0) table.copyWithin(row, back, back + WIDTH);
    for (const [unit, child] of trie.next[state] ?? []) {
      fail[child] = state === 0 ? 0 : (table[back + unit] ?? 0);
      table[row + unit] = child;
      trie.ends[child]?.push(...(trie.ends[fail[child] ?? 0] ?? []));
      queue.push(child);
    }
    for (let upper = 65; upper <= 90; upper++) table[row + upper] = table[row + upper + 32] ?? 0;
  }
  return table;
}

/** States renumbered so that those that end a keyword come last: one comparison tells a hit. */
export function makeAutomaton(keywords: readonly string[]): Automaton {
  const trie = plant(keywords);
  const raw = complete(trie);
  const states = [...trie.next.keys()];
  const order = [...states.filter((s) => trie.ends[s]?.length === 0), ...states.filter((s) => (trie.ends[s]?.length ?? 0) > 0)];
  const place = new Int32Array(order.length);
  for (const [to, from] of order.entries()) place[from] = to;
  const table = new Int32Array(raw.length);
  for (const [to, from] of order.entries())
    for (let unit = 0; unit < WIDTH; unit++)
      table[(to << SHIFT) + unit] = (place[raw[(from << SHIFT) + unit] ?? 0] ?? 0) << SHIFT;
  const firstHit = order.findIndex((state) => (trie.ends[state]?.length ?? 0) > 0);
  return {
    table,
    firstHit: firstHit < 0 ? Number.MAX_SAFE_INTEGER : firstHit << SHIFT,
    ends: order.map((state) => trie.ends[state] ?? []),
    depth: Int32Array.from(order, (state) => trie.depth[state] ?? 0),
    keywords,
  };
}

/**
 * Calls `hit` with the id of every keyword occurrence and the position after it, in order of that position.
 * @returns the length of the longest suffix of the text that begins a keyword
 */
export function search(automaton: Automaton, text: string, from: number, hit: (keyword: number, end: number) => void): number {
  const { table, firstHit, ends } = automaton;
  let state = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    state = unit < WIDTH ? (table[state + unit] as number) : 0;
    if (state >= firstHit) for (const keyword of ends[state >> SHIFT] ?? []) hit(keyword, i + 1);
  }
  return automaton.depth[state >> SHIFT] ?? 0;
}

/** Whether any keyword occurs at all. */
export function occurs({ table, firstHit }: Automaton, text: string): boolean {
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    state = unit < WIDTH ? (table[state + unit] as number) : 0;
    if (state >= firstHit) return true;
  }
  return false;
}
