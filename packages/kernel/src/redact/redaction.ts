/**
 * Redaction of a text that comes in pieces. Whatever is released is final: no text that follows could change what was found in it. So the
 * output is the same for every way of splitting the input, and a whole text is the case of one piece.
 */
import { type Block, blockBegin, followBlock, markerBefore } from './blocks.ts';
import { find, type Found } from './find.ts';
import { type Hmac, remembering } from './fingerprint.ts';
import type { Detector } from './detector.ts';
import { ESCAPED_HEAD, type Likeness, likenessBefore, likenesses, placeholderOf } from './placeholder.ts';
import { type Finding, FINDINGS_MAX, isAccepted, type Profile, takesOut, type Unscannable, wants } from './profile.ts';
import { plainUpTo } from './quiet.ts';
import { longRun, RUN_MAX, runAfter, runBefore } from './runs.ts';
import { type Cluster, clusters, settle } from './settle.ts';

/** Units before what is not released yet that detectors are shown. */
const CONTEXT = 512;
/** Units of a swallowed run that what follows it is shown. */
const RUN_CONTEXT = 64;

/** What comes out: a stretch of the input as it was, or what stands in its place, which may be nothing. Offsets are those of the whole stream. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isCopy: boolean;
}

export interface RedactionParts {
  readonly detectors: readonly Detector[];
  readonly hmac: Hmac;
  /** Whether a text names what secrets are named by; without it, plain words are looked at like everything else. */
  readonly mentions?: (text: string) => boolean;
  /** Values to put back for placeholders of ours; other placeholders stay. */
  readonly restores?: ReadonlyMap<string, string>;
}

/** Characters rather than texts: one visible mark stands for them, which also keeps apart what they kept apart. */
const MARKED: ReadonlySet<string> = new Set([
  'tag-characters',
  'invisible-character',
  'bidi-control',
  'variation-selectors',
  'control-character',
  'terminal-escape',
]);
const MARK = '\ufffd';

/** The hits that nobody has looked at and accepted. */
export function unaccepted<H extends Found>(hits: readonly H[], { accepted }: Profile, hmac: Hmac): readonly H[] {
  if (accepted === undefined || accepted.length === 0) return hits;
  return hits.filter(({ rule, kind, value }) => !isAccepted(accepted, rule, fingerprintOf(hmac, kind, value)));
}

interface Edit {
  start: number;
  end: number;
  readonly text: string;
}

export const fingerprintOf = (hmac: Hmac, kind: string, value: string): string => hmac(`${kind}\0${value}`);

/** A finding of a hit, `base` units into the stream. */
export function findingOf(hmac: Hmac, hit: Found, base: number): Finding {
  const { rule, kind, confidence, raises, validator, path } = hit;
  return {
    rule,
    kind,
    start: base + hit.start,
    end: base + hit.end,
    confidence,
    raises,
    ...(validator === undefined ? {} : { validator }),
    ...(path === undefined ? {} : { path }),
    fingerprint: fingerprintOf(hmac, kind, hit.value),
  };
}

/** What begins inside a placeholder of ours is the placeholder's own text. */
export const withoutOurs = (hits: readonly Found[], alike: readonly Likeness[]): readonly Found[] =>
  hits.filter((hit) => !alike.some(({ start, end, isOurs }) => isOurs && start <= hit.start && hit.start < end));

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

export class Redaction {
  readonly findings: Finding[] = [];
  /** Placeholder to value. Two values under one placeholder are both left out: neither could be put back for certain. */
  readonly values = new Map<string, string>();
  unscannable: Unscannable | undefined;
  readonly #ambiguous = new Set<string>();
  readonly #parts: RedactionParts;
  readonly #profile: Profile;
  /** Orders are made of plain words. */
  readonly #seeksOrders: boolean;
  #mode: 'text' | 'run' | 'block' | 'denied' = 'text';
  /** Context, then what is not released yet. */
  #text = '';
  #settled = 0;
  /** Offset of `#text` in the stream. */
  #base = 0;
  /** Where a block goes on, in `#text`. */
  #from = 0;
  #pieces: Piece[] = [];

  constructor(parts: RedactionParts, profile: Profile) {
    const detectors = parts.detectors.filter(({ kind }) => wants(profile, kind));
    this.#parts = { ...parts, detectors, hmac: remembering(parts.hmac) };
    this.#profile = profile;
    this.#seeksOrders = wants(profile, 'injection');
  }

  /** Units that are held back now. */
  get held(): number {
    return this.#text.length - this.#settled;
  }

  /** @param isWhole no text follows */
  push(chunk: string, isWhole: boolean): Piece[] {
    this.#text += chunk;
    while (this.#step(isWhole));
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** @returns whether there may be more to do at once */
  #step(isWhole: boolean): boolean {
    switch (this.#mode) {
      case 'text':
        return this.#stepText(isWhole);
      case 'run':
        return this.#stepRun(isWhole);
      case 'block':
        return this.#stepBlock(isWhole);
      case 'denied':
        this.#swallow(this.#text.length, 0);
        return false;
    }
  }

  /** The first block that has key material, or the first marker that may still turn out to begin one. */
  #block(isWhole: boolean): { begin: { start: number; end: number }; block: Block } | undefined {
    for (let from = this.#settled; ; ) {
      const begin = blockBegin(this.#text, from);
      if (begin === undefined) return undefined;
      const block = followBlock(this.#text, begin.start, begin.end, isWhole);
      if (block.state !== 'marker') return { begin, block };
      from = begin.end;
    }
  }

  /** @returns whether nothing more is to be done: all that is new is plain words, of which the last may go on */
  #passPlain(): boolean {
    const { mentions } = this.#parts;
    if (mentions === undefined || this.#seeksOrders) return false;
    const stop = plainUpTo(this.#text, this.#settled);
    if (stop < 0 || mentions(this.#text.slice(this.#settled))) return false;
    if (stop > this.#settled) {
      this.#copy(this.#settled, stop);
      this.#drop(stop, CONTEXT);
    }
    return true;
  }

  #stepText(isWhole: boolean): boolean {
    if (!isWhole && this.#passPlain()) return false;
    const found = this.#block(isWhole);
    const waiting = isWhole ? this.#text.length : markerBefore(this.#text, this.#settled);
    const limit = Math.min(found?.begin.start ?? this.#text.length, waiting);
    const run = longRun(limit < this.#text.length ? this.#text.slice(0, limit) : this.#text, this.#settled);
    if (run !== undefined) {
      this.#release(run.start, true);
      this.#swallowRun();
      return true;
    }
    if (found?.block.filled === true) {
      this.#release(found.begin.start, true);
      this.#from = found.begin.end - found.begin.start;
      this.#mode = 'block';
      return true;
    }
    this.#release(isWhole ? this.#text.length : this.#finalUpTo(limit), isWhole);
    return false;
  }

  /** `#text` begins with a long run: its placeholder goes out now, and the rest of it is dropped as it comes. */
  #swallowRun(): void {
    const value = this.#text.slice(0, RUN_MAX);
    this.#put({ rule: 'long-token', kind: 'secret', start: 0, end: RUN_MAX, confidence: 1, raises: 'none', value });
    this.#drop(RUN_MAX, RUN_CONTEXT);
    this.#mode = 'run';
  }

  #stepRun(isWhole: boolean): boolean {
    const begin = this.#block(isWhole);
    const end = runAfter(this.#text, this.#settled);
    // A key's begin marker ends the run, if key material follows it.
    if (begin !== undefined && begin.begin.start < end) {
      this.#swallow(begin.begin.start, RUN_CONTEXT);
      if (begin.block.filled) this.#mode = 'text';
      return begin.block.filled;
    }
    const stop = isWhole ? end : Math.min(end, markerBefore(this.#text, this.#settled));
    const isOver = isWhole || (stop === end && end < this.#text.length);
    this.#swallow(stop, RUN_CONTEXT);
    if (isOver) this.#mode = 'text';
    return isOver;
  }

  #stepBlock(isWhole: boolean): boolean {
    const { state, end } = followBlock(this.#text, 0, this.#from, isWhole);
    this.#from = end;
    if (state === 'open') return false;
    const value = this.#text.slice(0, end);
    this.#put({
      rule: 'private-key',
      kind: 'secret',
      start: 0,
      end,
      confidence: 3,
      raises: 'restricted',
      validator: 'armour',
      value,
    });
    this.#drop(end, 0);
    this.#mode = state === 'overlong' ? 'denied' : 'text';
    if (state === 'overlong') this.unscannable = 'block';
    return true;
  }

  /** Where the text stops being final, given that nothing from `limit` on is. */
  #finalUpTo(limit: number): number {
    const text = this.#text;
    let to = Math.min(limit, runBefore(text, text.length, text.length - RUN_MAX - 1), likenessBefore(text, this.#settled));
    for (const detector of this.#parts.detectors) if (to > this.#settled) to = Math.min(to, detector.open(text, this.#profile));
    return to;
  }

  /** Settles and releases up to `to`, or, where the text goes on, up to the last place before it that no hit and no run crosses. */
  #release(to: number, isFinal: boolean): void {
    if (to <= this.#settled && !isFinal) return;
    const text = isFinal ? this.#text.slice(0, to) : this.#text;
    const hits = find(text, { ...this.#profile, detectors: this.#parts.detectors }).filter(({ start }) => start >= this.#settled);
    const alike = likenesses(text, this.#parts.hmac).filter(({ start }) => start >= this.#settled);
    const stop = isFinal ? to : this.#lowered(to, [...hits, ...alike]);
    if (stop > this.#settled || isFinal) {
      this.#write(
        hits.filter(({ end }) => end <= stop),
        alike.filter(({ end }) => end <= stop),
        stop,
      );
    }
    this.#drop(stop, isFinal ? 0 : CONTEXT);
  }

  #lowered(to: number, spans: readonly { start: number; end: number }[]): number {
    for (let stop = to; ; ) {
      let lower = runBefore(this.#text, stop, this.#settled);
      // A run that is whole may be released whole.
      if (lower < stop && (stop === this.#text.length || runAfter(this.#text, stop) === stop)) lower = stop;
      for (const { start, end } of spans) if (start < lower && end > lower) lower = start;
      if (lower > this.#settled && isHigh(this.#text.charCodeAt(lower - 1))) lower -= 1;
      if (lower >= stop) return Math.max(stop, this.#settled);
      stop = lower;
    }
  }

  /** Releases `[#settled, stop)` with everything that is to be taken out of it taken out. */
  #write(hits: readonly Found[], alike: readonly Likeness[], stop: number): void {
    const ours = alike.filter(({ isOurs }) => isOurs);
    const standing = unaccepted(withoutOurs(hits, ours), this.#profile, this.#parts.hmac);
    for (const hit of settle(standing)) if (this.#profile.kinds.includes(hit.kind)) this.#note(hit);
    const edits: Edit[] = clusters(standing.filter((hit) => takesOut(this.#profile, hit))).map((cluster) => this.#edit(cluster));
    this.#escape(alike, edits);
    edits.push(...this.#restored(ours, edits));
    edits.sort((a, b) => a.start - b.start);
    let at = this.#settled;
    for (const { start, end, text } of edits) {
      this.#copy(at, start);
      this.#piece(start, end, text, false);
      at = Math.max(at, end);
    }
    this.#copy(at, stop);
  }

  /** What looks like a placeholder and is none of ours says so; what overlaps a finding goes with it. */
  #escape(alike: readonly Likeness[], edits: Edit[]): void {
    for (const { start, end, isOurs } of alike) {
      const over = edits.find((edit) => edit.start < end && start < edit.end);
      if (over !== undefined) {
        over.start = Math.min(over.start, start);
        over.end = Math.max(over.end, end);
      } else if (!isOurs) edits.push({ start, end, text: ESCAPED_HEAD });
    }
  }

  /** Placeholders of ours whose values are to be put back, where nothing else is done with them. */
  #restored(ours: readonly Likeness[], edits: readonly Edit[]): Edit[] {
    const { restores } = this.#parts;
    if (restores === undefined || restores.size === 0) return [];
    return ours.flatMap(({ start, end }) => {
      const value = restores.get(this.#text.slice(start, end));
      const isTaken = edits.some((edit) => edit.start < end && start < edit.end);
      return value === undefined || isTaken ? [] : [{ start, end, text: value }];
    });
  }

  #edit({ start, end, winner }: Cluster<Found>): Edit {
    if (winner.kind === 'hidden' && MARKED.has(winner.rule)) return { start, end, text: MARK };
    return { start, end, text: this.#placeholder(winner, this.#text.slice(start, end)) };
  }

  /** Placeholder of a hit; `original` is what it will stand for. */
  #placeholder({ rule, kind, value }: Found, original: string): string {
    const text = placeholderOf(this.#parts.hmac, rule, fingerprintOf(this.#parts.hmac, kind, value));
    const known = this.values.get(text);
    if (known !== undefined && known !== original) {
      this.values.delete(text);
      this.#ambiguous.add(text);
    } else if (!this.#ambiguous.has(text)) this.values.set(text, original);
    return text;
  }

  /** Takes a whole hit at the beginning of `#text` out. */
  #put(hit: Found): void {
    this.#note(hit);
    this.#piece(hit.start, hit.end, this.#placeholder(hit, hit.value), false);
  }

  #note(hit: Found): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push(findingOf(this.#parts.hmac, hit, this.#base));
    else this.unscannable ??= 'findings';
  }

  #copy(start: number, end: number): void {
    if (end > start) this.#piece(start, end, this.#text.slice(start, end), true);
  }

  #piece(start: number, end: number, text: string, isCopy: boolean): void {
    this.#pieces.push({ start: this.#base + start, end: this.#base + end, text, isCopy });
  }

  /** Lets what follows a placeholder vanish, up to `to`. */
  #swallow(to: number, context: number): void {
    if (to > this.#settled) this.#piece(this.#settled, to, '', false);
    this.#drop(to, context);
  }

  /** Forgets everything before `to` but `context` units. */
  #drop(to: number, context: number): void {
    const cut = Math.max(0, to - context);
    this.#text = this.#text.slice(cut);
    this.#base += cut;
    this.#settled = to - cut;
  }
}
