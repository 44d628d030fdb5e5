/** Everything that the detectors see in a text: as it stands, and in what its runs decode to. Offsets are those of the text. */
import { findBlocks } from './blocks.ts';
import { type View, viewsOf } from './decode.ts';
import type { DetectOptions, Detector, Hit } from './detector.ts';
import { encodedRuns, RUN_MAX } from './runs.ts';

/** A hit with its value, which never leaves this room, and how it was decoded. */
export interface Found extends Hit {
  readonly value: string;
  /** `base64 > escapes`; absent where the text was read as it stands. */
  readonly path?: string;
}

/** Decodings of decodings that are looked into. */
const DEPTH_MAX = 2;
/** Decoded units of one run, times its length. */
const OUTPUT_MAX = 4;

export interface FindOptions extends DetectOptions {
  readonly detectors: readonly Detector[];
}

interface Budget {
  left: number;
}

function plain(text: string, options: FindOptions, hits: Hit[]): void {
  const emit = (hit: Hit) => {
    hits.push(hit);
  };
  for (const detector of options.detectors) detector.detect(text, options, emit);
  findBlocks(text, emit);
}

/** Codes that name one character each: whoever reads the text sees them. */
const NAMING = new Set(['escapes', 'entities']);

/** Source code names characters that show nothing, and data colours; where a program decodes text for a reader, the same would hide something. */
const isMeant = ({ kind, rule }: Hit, via: string, { place }: FindOptions): boolean =>
  kind !== 'hidden' || !NAMING.has(via) || (place !== 'code' && (rule !== 'control-character' || place === 'definition'));

function inView(view: View, options: FindOptions, depth: number, budget: Budget): Found[] {
  budget.left -= view.text.length;
  if (budget.left < 0) return [];
  const found = findIn(view.text, options, depth + 1, budget).filter((hit) => isMeant(hit, view.via, options));
  return found.map((hit) => {
    const [start, end] = view.back(hit.start, hit.end);
    return { ...hit, start, end, path: hit.path === undefined ? view.via : `${view.via} > ${hit.path}` };
  });
}

const overlap = (one: Hit, other: Hit): number => Math.min(one.end, other.end) - Math.max(one.start, other.start);

const isSame = (one: Hit, decoded: Hit): boolean => one.rule === decoded.rule && overlap(one, decoded) > 0;

const isValue = ({ kind }: Hit): boolean => kind === 'secret' || kind === 'personal';
/** Share of an encoded stretch that a token which is known as it stands has to cover; padding is no part of some formats. */
const COVERED_LEAST = 0.9;

/** Some tokens are base 64 of names and addresses: what is known as it stands is no finding of what is in it. */
const isRecognised = (one: Hit, decoded: Hit): boolean =>
  one.kind === 'secret' &&
  one.confidence >= 2 &&
  isValue(decoded) &&
  overlap(one, decoded) >= COVERED_LEAST * (decoded.end - decoded.start);

function findIn(text: string, options: FindOptions, depth: number, budget: Budget | undefined): Found[] {
  const hits: Hit[] = [];
  plain(text, options, hits);
  const found: Found[] = hits.map((hit) => ({ ...hit, value: text.slice(hit.start, hit.end) }));
  if (depth >= DEPTH_MAX) return found;
  encodedRuns(text, (start, end) => {
    // The caps are those of streams, which cannot wait for more.
    if (end - start > RUN_MAX) return;
    const own = budget ?? { left: OUTPUT_MAX * (end - start) };
    for (const view of viewsOf(text.slice(start, end))) {
      for (const hit of inView(view, options, depth, own)) {
        const moved = { ...hit, start: hit.start + start, end: hit.end + start };
        if (!hits.some((one) => isSame(one, moved) || isRecognised(one, moved))) found.push(moved);
      }
    }
  });
  return found;
}

/** All hits, overlapping or not, in no order. */
export const find = (text: string, options: FindOptions): Found[] => findIn(text, options, 0, undefined);
