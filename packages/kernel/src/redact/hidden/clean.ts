/** The normaliser: text without what is hidden in it, and what was taken out. */
import { eachCharacterSpan } from './characters.ts';
import { eachMarkupSpan } from './markup.ts';
import type { HiddenSpan } from './span.ts';

export interface Removal {
  readonly rule: string;
  /** UTF-16 units of the text that was handed in. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** What the hidden characters spelled, where they spelled something. */
  readonly spelled?: string;
}

export interface Cleaned {
  readonly text: string;
  /** In the order of their start. */
  readonly removed: readonly Removal[];
}

/** Taking something out can bring markup together; nobody nests it deeper for a reader. */
const PASSES_MAX = 4;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Positions in the original of positions in what is kept of it. */
class Origins {
  readonly #kept: readonly Stretch[];
  /** Where each stretch begins in what is kept. */
  readonly #bases: readonly number[];

  constructor(kept: readonly Stretch[]) {
    let base = 0;
    this.#kept = kept;
    this.#bases = kept.map(({ start, end }) => {
      const here = base;
      base += end - start;
      return here;
    });
  }

  start(at: number): number {
    let low = 0;
    let high = this.#kept.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#bases[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return (this.#kept[low]?.start ?? 0) + at - (this.#bases[low] ?? 0);
  }

  end(at: number): number {
    return at === 0 ? 0 : this.start(at - 1) + 1;
  }
}

function spansOf(text: string): HiddenSpan[] {
  const spans: HiddenSpan[] = [];
  eachCharacterSpan(text, (span, allowed) => {
    if (!allowed) spans.push(span);
  });
  eachMarkupSpan(text, (span) => spans.push(span));
  return spans.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Stretches of `text` that no span covers. */
function keep(length: number, spans: readonly HiddenSpan[]): Stretch[] {
  const kept: Stretch[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start > at) kept.push({ start: at, end: start });
    at = Math.max(at, end);
  }
  if (at < length) kept.push({ start: at, end: length });
  return kept;
}

/** `inner` is cut out of the text that `outer` left of the original. */
function compose(outer: readonly Stretch[], inner: readonly Stretch[]): Stretch[] {
  const composed: Stretch[] = [];
  let index = 0;
  let base = 0;
  for (const { start, end } of inner) {
    let from = start;
    while (from < end) {
      const stretch = outer[index];
      if (stretch === undefined) return composed;
      const size = stretch.end - stretch.start;
      if (from >= base + size) {
        base += size;
        index += 1;
        continue;
      }
      const to = Math.min(end, base + size);
      composed.push({ start: stretch.start + from - base, end: stretch.start + to - base });
      from = to;
    }
  }
  return composed;
}

/**
 * `text` without invisible characters, controls, terminal escapes, comments and elements that hide instructions, and images that carry
 * data out. Look-alike letters and text far out of sight stay: they are seen, or would be. Never throws.
 */
export function clean(text: string): Cleaned {
  let kept: readonly Stretch[] = [{ start: 0, end: text.length }];
  let now = text;
  const removed: Removal[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const spans = spansOf(now);
    if (spans.length === 0) break;
    const origin = new Origins(kept);
    for (const { rule, start, end, spelled } of spans)
      removed.push({ rule, start: origin.start(start), end: origin.end(end), ...(spelled === undefined ? {} : { spelled }) });
    const rest = keep(now.length, spans);
    kept = compose(kept, rest);
    now = rest.map(({ start, end }) => now.slice(start, end)).join('');
  }
  return { text: now, removed: removed.sort((a, b) => a.start - b.start || b.end - a.end) };
}
