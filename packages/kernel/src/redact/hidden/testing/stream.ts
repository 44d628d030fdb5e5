/** What every detector promises of text that is not all there yet. */
import type { DetectOptions, Detector, Hit } from '../../detector.ts';

export const hitsOf = (detector: Detector, text: string, options: DetectOptions): Hit[] => {
  const hits: Hit[] = [];
  detector.detect(text, options, (hit) => hits.push(hit));
  return hits.sort((a, b) => a.start - b.start || a.end - b.end || (a.rule < b.rule ? -1 : 1));
};

/**
 * The first cut at which the prefix says something else than the whole, or undefined. At every cut, what ends at or before `open(prefix)`
 * must be the same, and nothing in the whole may begin before it and end behind it that the prefix did not know.
 */
export function broken(detector: Detector, text: string, options: DetectOptions, cuts?: readonly number[]): string | undefined {
  const whole = hitsOf(detector, text, options);
  for (const cut of cuts ?? Array.from({ length: text.length + 1 }, (_, at) => at)) {
    const prefix = text.slice(0, cut);
    const open = detector.open(prefix, options);
    if (open < 0 || open > cut || cut - open > 4_096) return `open(${cut}) is ${open}`;
    const early = hitsOf(detector, prefix, options);
    const sure = JSON.stringify(early.filter(({ end }) => end <= open));
    if (sure !== JSON.stringify(whole.filter(({ end }) => end <= open)))
      return `cut ${cut}, open ${open}: ${sure} in ${JSON.stringify(prefix.slice(-80))}`;
    const late = whole.find(
      ({ start, end }) => start < open && end > open && !early.some((hit) => hit.start === start && hit.end === end),
    );
    if (late !== undefined) return `cut ${cut}, open ${open}: ${JSON.stringify(late)} begins before`;
  }
  return undefined;
}

/** The slowest of `texts` in milliseconds, each measured three times and the best taken: a machine has other things to do. */
export function slowest(detector: Detector, texts: readonly string[], options: DetectOptions): { ms: number; text: string } {
  let worst = { ms: 0, text: '' };
  for (const text of texts) {
    const ms = Math.min(...[0, 1, 2].map(() => timed(() => hitsOf(detector, text, options))));
    if (ms > worst.ms) worst = { ms, text: text.slice(0, 60) };
  }
  return worst;
}

function timed(run: () => unknown): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** `unit` repeated to 100 KB. */
export const flood = (unit: string): string => unit.repeat(Math.ceil(100_000 / unit.length));
