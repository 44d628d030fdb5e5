/**
 * Aho-Corasick over UTF-16 units: finds every occurrence of every keyword in one pass of one table. ASCII letters are folded. Units that no
 * keyword has share a column, so that the table of a few thousand states stays in the processor's second cache: measured, that is worth
 * more than the look-up of the column costs, above all when other programs use the same processor.
 */
import { Fault } from '../fault.ts';

const UNITS = 256;

export interface Automaton {
  /** Column of a unit below 256. Units above stand in no keyword and lead to the root. */
  readonly columns: Uint8Array;
  /** Columns of a state are `1 << shift`. */
  readonly shift: number;
  /** Next state by state and column. States at or above `firstHit` end at least one keyword. */
  readonly table: Uint16Array;
  readonly firstHit: number;
  /** Keywords that end in a state, by state; longest first. */
  readonly ends: readonly (readonly number[])[];
  /** Length of the longest keyword beginning that a state stands for. */
  readonly depth: Uint16Array;
  readonly keywords: readonly string[];
}

interface Trie {
  readonly next: Map<number, number>[];
  readonly depth: number[];
  readonly ends: number[][];
}

const FOLDED = /^[\x00-@[-\xff]+$/;
/** What a state's number can be. */
const STATES_MAX = 65_536;

function plant(keywords: readonly string[]): Trie {
  const trie: Trie = { next: [new Map()], depth: [0], ends: [[]] };
  for (const [id, keyword] of keywords.entries()) {
    if (!FOLDED.test(keyword))
      throw new Fault('internal.fault', 'A keyword is empty, has capitals, or has characters above U+00FF');
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
  if (trie.next.length > STATES_MAX) throw new Fault('internal.fault', 'The keywords need too many states');
  return trie;
}

function columnsOf(keywords: readonly string[]): { columns: Uint8Array; shift: number } {
  const columns = new Uint8Array(UNITS);
  let count = 1;
  for (const keyword of keywords)
    for (let i = 0; i < keyword.length; i++) {
      const unit = keyword.charCodeAt(i);
      if (columns[unit] === 0) columns[unit] = count++;
    }
  for (let upper = 65; upper <= 90; upper++) columns[upper] = columns[upper + 32] ?? 0;
  return { columns, shift: Math.ceil(Math.log2(count)) };
}

/** Full transitions in breadth-first order, so that the row of the longest suffix is complete when it is copied. */
function complete({ next, ends }: Trie, columns: Uint8Array, shift: number): Uint16Array {
  const width = 1 << shift;
  const table = new Uint16Array(next.length * width);
  const fail = new Uint16Array(next.length);
  const queue: number[] = [0];
  for (const state of queue) {
    const row = state << shift;
    const back = (fail[state] as number) << shift;
    if (state !== 0) table.copyWithin(row, back, back + width);
    for (const [unit, child] of next[state] ?? []) {
      const column = columns[unit] as number;
      const suffix = state === 0 ? 0 : (table[back + column] as number);
      fail[child] = suffix;
      table[row + column] = child;
      ends[child]?.push(...(ends[suffix] ?? []));
      queue.push(child);
    }
  }
  return table;
}

/** States are numbered so that those that end a keyword come last: one comparison tells a hit. */
export function makeAutomaton(keywords: readonly string[]): Automaton {
  const trie = plant(keywords);
  const { columns, shift } = columnsOf(keywords);
  const raw = complete(trie, columns, shift);
  const isEnd = (state: number) => (trie.ends[state]?.length ?? 0) > 0;
  const states = [...trie.next.keys()];
  const order = [...states.filter((state) => !isEnd(state)), ...states.filter(isEnd)];
  const place = new Uint16Array(order.length);
  for (const [to, from] of order.entries()) place[from] = to;
  const table = new Uint16Array(raw.length);
  for (const [to, from] of order.entries())
    for (let column = 0; column < 1 << shift; column++)
      table[(to << shift) + column] = place[raw[(from << shift) + column] ?? 0] ?? 0;
  const firstHit = order.findIndex(isEnd);
  return {
    columns,
    shift,
    table,
    firstHit: firstHit < 0 ? STATES_MAX : firstHit,
    ends: order.map((state) => trie.ends[state] ?? []),
    depth: Uint16Array.from(order, (state) => trie.depth[state] ?? 0),
    keywords,
  };
}

/**
 * Calls `hit` with the id of every keyword occurrence and the position after it, in order of that position.
 * @returns the length of the longest suffix of the text that begins a keyword
 */
export function search(automaton: Automaton, text: string, from: number, hit: (keyword: number, end: number) => void): number {
  const { columns, shift, table, firstHit, ends } = automaton;
  let state = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    state = unit < UNITS ? (table[(state << shift) + (columns[unit] as number)] as number) : 0;
    if (state >= firstHit) for (const keyword of ends[state] as readonly number[]) hit(keyword, i + 1);
  }
  return automaton.depth[state] ?? 0;
}

/** Whether any keyword occurs at all. */
export function occurs({ columns, shift, table, firstHit }: Automaton, text: string): boolean {
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    state = unit < UNITS ? (table[(state << shift) + (columns[unit] as number)] as number) : 0;
    if (state >= firstHit) return true;
  }
  return false;
}
