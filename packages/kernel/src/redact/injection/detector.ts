/** Text that gives orders to the model that reads it. */
import { charactersOpen } from '../hidden/characters.ts';
import { viewOf } from '../hidden/view.ts';
import type { DetectOptions, Detector, Hit, TextPlace } from '../detector.ts';
import { INJECTION_RULES } from './rules.ts';
import { sentenceEnds, SENTENCE_UNITS_MAX } from './sentence.ts';
import { eachSignal, type Signal } from './signal.ts';
import { isReported, REACH_UNITS } from './weigh.ts';

/** Signals of `text`, at positions of the text as it was handed in. */
function signalsOf(text: string, place: TextPlace): Signal[] {
  const view = viewOf(text);
  const signals: Signal[] = [];
  eachSignal(view.text, place, ({ family, weight, start, end }) => {
    signals.push({ family, weight, start: view.start(start), end: Math.max(view.start(start) + 1, view.end(end)) });
  });
  return signals.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Calls `visit` with what stands near each signal, itself included. */
function eachWithNear(signals: readonly Signal[], visit: (signal: Signal, near: readonly Signal[]) => void): void {
  let first = 0;
  let next = 0;
  for (const signal of signals) {
    while ((signals[first]?.start ?? 0) < signal.start - REACH_UNITS) first += 1;
    while (next < signals.length && (signals[next]?.start ?? 0) <= signal.start + REACH_UNITS) next += 1;
    visit(signal, signals.slice(first, next));
  }
}

/**
 * Finds orders. In prose, code and data two signals must meet, or one that means nothing else; where tools are defined one is enough.
 * A finding is a fact about trust, never proof: crude attacks are caught, careful ones are not.
 */
export const injectionDetector: Detector = {
  kind: 'injection',
  rules: INJECTION_RULES,
  detect(text: string, options: DetectOptions, emit: (hit: Hit) => void): void {
    eachWithNear(signalsOf(text, options.place), ({ family, weight, start, end }, near) => {
      if (isReported(near, options.place))
        emit({ rule: family, kind: 'injection', start, end, confidence: weight >= 4 ? 2 : 1, raises: 'none' });
    });
  },
  open(text: string, options: DetectOptions): number {
    return injectionOpen(text, options);
  },
};

/** Start of the sentence that has not ended, in the view's positions. */
function lastSentence(text: string): number {
  let last = 0;
  let before = 0;
  for (const end of sentenceEnds(text)) {
    before = last;
    last = end;
  }
  // The blank behind an end mark decides whether the sentence ends there.
  return last === text.length ? before : last;
}

function injectionOpen(text: string, options: DetectOptions): number {
  // A sentence reaches no further back than this; what stands before is settled and cannot move its start but by a cut.
  const view = viewOf(text);
  const start = Math.max(lastSentence(view.text), view.text.length - SENTENCE_UNITS_MAX - 8);
  let open = Math.min(view.start(start), charactersOpen(text), text.length);
  const cut = open;
  // What is not settled yet may come to nothing, and then supports nothing.
  const settled = signalsOf(text, options.place).filter(({ end }) => end <= cut);
  eachWithNear(settled, (signal, near) => {
    if (!isReported(near, options.place) && signal.start >= cut - REACH_UNITS) open = Math.min(open, signal.start);
    if (signal.start < open && signal.end > open) open = signal.start;
  });
  return open;
}
