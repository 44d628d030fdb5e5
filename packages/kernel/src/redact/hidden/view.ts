/**
 * Text as a reader would understand it: without what shows nothing, with what hidden characters spell, look-alike letters and styled
 * alphabets read as what they pose as, Latin, Greek and Cyrillic letters without their accents. Offsets map back to the text as it was.
 */
import { eachCharacterSpan } from './characters.ts';
import { eachScriptSpan, LATIN_LOOKALIKES } from './scripts.ts';

/** A stretch of the view: either unit for unit (`linear`), or all of it for one stretch of the text. */
interface Piece {
  readonly out: number;
  readonly start: number;
  readonly end: number;
  readonly linear: boolean;
}

export interface View {
  readonly text: string;
  /** Position in the text of the unit at `at` of the view. */
  start(at: number): number;
  /** Position in the text behind the unit before `at` of the view. */
  end(at: number): number;
}

const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
const ACCENTS = /[\u0300-\u036f]/g;
/** Letters that are folded to their base; in other scripts the marks make the letter. */
const FOLDED = /^[\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff]$/;

/** How one code point reads. */
function foldPoint(point: string): string {
  if (FOLDED.test(point)) return point.normalize('NFKD').replace(ACCENTS, '');
  return point >= '\u0300' && point <= '\u036f' ? '' : point.normalize('NFKC');
}

/** Folding is asked of the same few letters over and over; the memory is bounded and changes no answer. */
const FOLDS_MAX = 4_096;
const folds = new Map<string, string>();

function foldKnown(point: string): string {
  const known = folds.get(point);
  if (known !== undefined) return known;
  const folded = foldPoint(point);
  if (folds.size < FOLDS_MAX) folds.set(point, folded);
  return folded;
}

/** A phrase of a word list in the form that texts have in a view. */
export const foldText = (text: string): string => Array.from(text, foldPoint).join('').toLowerCase();

class Weaver {
  readonly pieces: Piece[] = [];
  readonly #parts: string[] = [];
  #length = 0;

  put(shown: string, start: number, end: number): void {
    if (shown === '') return;
    this.pieces.push({ out: this.#length, start, end, linear: shown.length === end - start });
    this.#parts.push(shown);
    this.#length += shown.length;
  }

  /** Text that hides nothing. Cut only where folding changes its length. */
  weave(text: string, start: number, end: number): void {
    const part = text.slice(start, end);
    if (PLAIN.test(part)) return this.put(part, start, end);
    let from = start;
    let shown = '';
    let at = start;
    for (const point of part) {
      const folded = point < '\u00a0' ? point : foldKnown(point);
      at += point.length;
      if (folded.length === point.length) {
        shown += folded;
        continue;
      }
      this.put(shown, from, at - point.length);
      this.put(folded, at - point.length, at);
      shown = '';
      from = at;
    }
    this.put(shown, from, at);
  }

  text(): string {
    return this.#parts.join('');
  }
}

const pose = (word: string): string => Array.from(word, (unit) => LATIN_LOOKALIKES.get(unit) ?? unit).join('');

/** Where a view differs from its text: hidden characters and posing words, in order. */
function changesOf(text: string): { start: number; end: number; shown: string }[] {
  const changes: { start: number; end: number; shown: string }[] = [];
  eachCharacterSpan(text, ({ start, end, spelled }) => {
    changes.push({ start, end, shown: spelled === undefined ? '' : ` ${spelled} ` });
  });
  const hidden = changes.length;
  eachScriptSpan(text, 'data', ({ start, end }) => {
    changes.push({ start, end, shown: pose(text.slice(start, end)) });
  });
  return hidden === changes.length ? changes : changes.sort((a, b) => a.start - b.start);
}

/** The piece that holds position `at` of the view. */
function pieceAt(pieces: readonly Piece[], at: number): Piece | undefined {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.out ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return pieces[low];
}

/** The view of `text`; costs nothing where the text is plain ASCII. */
export function viewOf(text: string): View {
  if (PLAIN.test(text)) return { text, start: (at) => at, end: (at) => at };
  const weaver = new Weaver();
  let at = 0;
  for (const { start, end, shown } of changesOf(text)) {
    weaver.weave(text, at, start);
    weaver.put(shown, start, end);
    at = end;
  }
  weaver.weave(text, at, text.length);
  const { pieces } = weaver;
  return {
    text: weaver.text(),
    start: (position) => {
      const piece = pieceAt(pieces, position);
      if (piece === undefined) return 0;
      return piece.linear ? Math.min(piece.end, piece.start + position - piece.out) : piece.start;
    },
    end: (position) => {
      const piece = pieceAt(pieces, position - 1);
      if (piece === undefined) return 0;
      return piece.linear ? Math.min(piece.end, piece.start + position - piece.out) : piece.end;
    },
  };
}
