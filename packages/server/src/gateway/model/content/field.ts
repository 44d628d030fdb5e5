/**
 * One field of a stream: text that comes in the pieces of many events. An event goes out as it came when nothing of its piece was changed, and
 * as soon as nothing that follows could change it; so the client sees the same text wherever the provider split it.
 */
import type { Finding, Piece, StreamRedactor } from '@countersign/kernel/redact';

/** The piece of one event. */
export interface Segment {
  /** Called once, when the piece is final. @param text undefined where it is what came */
  settle(text: string | undefined): void;
}

interface Waiting {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  out: string;
  isChanged: boolean;
}

export class Field {
  readonly #redactor: StreamRedactor;
  readonly #waiting: Waiting[] = [];
  /** Units that came. */
  #came = 0;
  /** Units that are final. */
  #final = 0;
  #said = 0;
  /** All that came, and what became of it. */
  original = '';
  out = '';

  constructor(redactor: StreamRedactor) {
    this.#redactor = redactor;
  }

  push(text: string, segment: Segment): void {
    const start = this.#came;
    this.#came += text.length;
    this.original += text;
    this.#waiting.push({ segment, start, end: this.#came, out: '', isChanged: false });
    this.#apply(this.#redactor.pushPieces(text));
  }

  end(): void {
    this.#apply(this.#redactor.endPieces());
    this.#final = this.#came;
    this.#settle();
  }

  /** Findings since this was last asked. */
  news(): readonly Finding[] {
    const fresh = this.#redactor.findings.slice(this.#said);
    this.#said += fresh.length;
    return fresh;
  }

  get isUnscannable(): boolean {
    return this.#redactor.unscannable !== undefined;
  }

  #apply(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.out += piece.text;
      this.#place(piece);
      this.#final = piece.end;
    }
    this.#settle();
  }

  /** What stands in for something stands in the event where that began; of what lies in later events nothing is left. */
  #place({ start, end, text, isCopy }: Piece): void {
    let isPlaced = isCopy;
    for (const one of this.#waiting) {
      if (one.end <= start) continue;
      if (one.start >= end) return;
      if (isCopy) one.out += text.slice(Math.max(one.start, start) - start, Math.min(one.end, end) - start);
      else {
        one.isChanged = true;
        if (!isPlaced) one.out += text;
        isPlaced = true;
      }
    }
  }

  #settle(): void {
    let settled = 0;
    for (const { segment, end, out, isChanged } of this.#waiting) {
      if (end > this.#final) break;
      settled += 1;
      segment.settle(isChanged ? out : undefined);
    }
    if (settled > 0) this.#waiting.splice(0, settled);
  }
}
