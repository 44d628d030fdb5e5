/** Overlaps: longest first, then higher confidence, then rule id. The same hits give the same findings, always. */
import type { Hit } from './detector.ts';

/** Hits that overlap one another, directly or over others, and the one that names them. */
export interface Cluster<H extends Hit> {
  readonly start: number;
  readonly end: number;
  readonly winner: H;
  readonly hits: readonly H[];
}

function before(a: Hit, b: Hit): number {
  const [mine, theirs] = [a.end - a.start, b.end - b.start];
  if (mine !== theirs) return theirs - mine;
  if (a.confidence !== b.confidence) return b.confidence - a.confidence;
  if (a.rule !== b.rule) return a.rule < b.rule ? -1 : 1;
  return a.start - b.start;
}

/** Clusters in order of their places. */
export function clusters<H extends Hit>(hits: readonly H[]): Cluster<H>[] {
  const sorted = [...hits].sort((a, b) => a.start - b.start || before(a, b));
  const all: { start: number; end: number; hits: H[] }[] = [];
  for (const hit of sorted) {
    const last = all.at(-1);
    if (last !== undefined && hit.start < last.end) {
      last.hits.push(hit);
      last.end = Math.max(last.end, hit.end);
    } else all.push({ start: hit.start, end: hit.end, hits: [hit] });
  }
  return all.map((cluster) => {
    const ranked = cluster.hits.sort(before);
    return { ...cluster, hits: ranked, winner: ranked[0] as H };
  });
}

const isValue = ({ kind }: Hit): boolean => kind === 'secret' || kind === 'personal';

/**
 * The hits that stand, in order of their places. No two values overlap, and no two texts that mean more than they show; a value inside such a
 * text is a finding all the same, or an order around it would hide it.
 */
export function settle<H extends Hit>(hits: readonly H[]): H[] {
  const values = hits.filter(isValue);
  if (values.length === 0 || values.length === hits.length) return settleFamily(hits);
  const texts = hits.filter((hit) => !isValue(hit));
  return [...settleFamily(values), ...settleFamily(texts)].sort((a, b) => a.start - b.start || b.end - a.end);
}

function settleFamily<H extends Hit>(hits: readonly H[]): H[] {
  return clusters(hits)
    .flatMap((cluster) => {
      const kept: H[] = [];
      for (const hit of cluster.hits) if (!kept.some((one) => one.start < hit.end && hit.start < one.end)) kept.push(hit);
      return kept;
    })
    .sort((a, b) => a.start - b.start);
}
