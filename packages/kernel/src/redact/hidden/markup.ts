/** Text that is in the document and not on the screen: comments, hidden elements, titles of links, images that carry data out. */
import { weigh } from '../injection/weigh.ts';
import { carriesData } from './image.ts';
import { parseLink } from './link.ts';
import type { HiddenSpan } from './span.ts';

const COMMENT_UNITS_MAX = 2_000;
const TAG_UNITS_MAX = 300;
const CONTENT_UNITS_MAX = 1_500;
const LABEL_UNITS_MAX = 300;
/** Unfinished markup further back than this is given up. */
const TAIL_UNITS = 2_100;

const STYLE =
  /display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|opacity\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|color\s{0,3}:\s{0,3}(?:#fff(?:fff)?\b|white\b|transparent\b)|\shidden(?=[\s>=])/gi;
const ATTRIBUTE =
  /\s(?:title|alt|aria-label|data-[a-z-]{1,20}|placeholder)\s{0,2}=\s{0,2}(?:"([^"<>]{12,500})"|'([^'<>]{12,500})')/gi;
const MARK_COMMENT = /^[ ]{0,3}\[(?:\/\/|comment|_|\.|#)\]:[ ]{0,3}(?:#|<>)[ ]{1,3}[("']([^\n]{1,500})$/gm;
const DRAWN = /<img\s[^<>]{0,200}?src\s{0,2}=\s{0,2}["']?([^\s"'<>]{1,1200})/gi;

const instructs = (text: string): boolean => weigh(text) > 0;

interface Block {
  readonly end: number;
  /** Text inside. */
  readonly content: string;
  /** The text ended before the block did. */
  readonly open: boolean;
}

function commentAt(text: string, start: number): Block {
  const stop = Math.min(text.length, start + COMMENT_UNITS_MAX);
  const close = text.slice(start + 4, stop).indexOf('-->');
  if (close >= 0) return { end: start + 4 + close + 3, content: text.slice(start + 4, start + 4 + close), open: false };
  return { end: stop, content: text.slice(start + 4, stop), open: stop < start + COMMENT_UNITS_MAX };
}

function eachComment(text: string, from: number, visit: (start: number, block: Block) => void): void {
  for (let at = text.indexOf('<!--', from); at >= 0; ) {
    const block = commentAt(text, at);
    visit(at, block);
    at = text.indexOf('<!--', block.end);
  }
}

/** The element whose opening tag has the hiding style at `at`; undefined where it stands in no tag. */
function elementAt(text: string, at: number): (Block & { start: number }) | undefined {
  const back = text.slice(Math.max(0, at - TAG_UNITS_MAX), at);
  const opening = Math.max(back.lastIndexOf('<'), -1);
  if (opening < 0 || back.indexOf('>', opening) >= 0 || !/^<[a-z]/i.test(back.slice(opening, opening + 2))) return undefined;
  const start = at - back.length + opening;
  const ahead = text.slice(at, at + TAG_UNITS_MAX);
  const gt = ahead.indexOf('>');
  if (gt < 0) return { start, end: at, content: '', open: ahead.length < TAG_UNITS_MAX };
  const inside = at + gt + 1;
  const content = text.slice(inside, inside + CONTENT_UNITS_MAX);
  const close = content.indexOf('</');
  const length = close < 0 ? content.length : close;
  return { start, end: inside + length, content: content.slice(0, length), open: close < 0 && length < CONTENT_UNITS_MAX };
}

function eachElement(text: string, from: number, visit: (start: number, block: Block) => void): void {
  STYLE.lastIndex = from;
  for (let found = STYLE.exec(text); found !== null; found = STYLE.exec(text)) {
    const element = elementAt(text, found.index);
    if (element === undefined) continue;
    visit(element.start, element);
    STYLE.lastIndex = Math.max(STYLE.lastIndex, element.end);
  }
}

/** Position of the `!` of an image whose label ends at `at`; -1 for a plain link. */
function imageStart(text: string, at: number): number {
  const back = text.slice(Math.max(0, at - LABEL_UNITS_MAX), at);
  const bracket = back.lastIndexOf('[');
  return bracket > 0 && back[bracket - 1] === '!' && !back.slice(bracket).includes('\n') ? at - back.length + bracket - 1 : -1;
}

function eachLink(text: string, emit: (span: HiddenSpan) => void): void {
  for (let at = text.indexOf(']('); at >= 0; at = text.indexOf('](', at + 2)) {
    const link = parseLink(text, at + 2);
    const image = imageStart(text, at);
    if (image >= 0 && carriesData(link.address)) emit({ rule: 'remote-image', start: image, end: link.end, confidence: 2 });
    else if (link.titleEnd > 0 && instructs(text.slice(link.titleStart, link.titleEnd)))
      emit({ rule: 'link-title', start: link.titleStart, end: link.titleEnd, confidence: 2 });
  }
}

function eachMatch(pattern: RegExp, text: string, visit: (found: RegExpExecArray, end: number) => void): void {
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) visit(found, pattern.lastIndex);
}

function eachAttribute(text: string, emit: (span: HiddenSpan) => void): void {
  eachMatch(ATTRIBUTE, text, (found, end) => {
    const value = found[1] ?? found[2] ?? '';
    if (instructs(value)) emit({ rule: 'link-title', start: end - 1 - value.length, end: end - 1, confidence: 2 });
  });
}

function eachTagSpan(text: string, emit: (span: HiddenSpan) => void): void {
  eachElement(text, 0, (start, block) => {
    if (instructs(block.content)) emit({ rule: 'hidden-style', start, end: block.end, confidence: 2 });
  });
  eachMatch(DRAWN, text, (found, end) => {
    if (carriesData(found[1] ?? '')) emit({ rule: 'remote-image', start: found.index, end, confidence: 2 });
  });
}

/** Markup that hides instructions or carries data out. Comments and hidden elements that instruct nobody are not reported. */
export function eachMarkupSpan(text: string, emit: (span: HiddenSpan) => void): void {
  if (text.includes('](')) eachLink(text, emit);
  if (text.includes(']:'))
    eachMatch(MARK_COMMENT, text, (found, end) => {
      if (instructs(found[1] ?? '')) emit({ rule: 'hidden-comment', start: text.indexOf('[', found.index), end, confidence: 2 });
    });
  if (text.includes('=')) eachAttribute(text, emit);
  if (!text.includes('<')) return;
  eachComment(text, 0, (start, block) => {
    if (instructs(block.content)) emit({ rule: 'hidden-comment', start, end: block.end, confidence: 2 });
  });
  eachTagSpan(text, emit);
}

/** What may be the beginning of markup, at the very end. */
const UNFINISHED =
  /<!?-{0,2}$|<[a-z][^<>]{0,900}$|<img\s[^<>]{0,1420}$|\s(?:title|alt|aria-label|data-[a-z-]{1,20}|placeholder)\s{0,2}=\s{0,2}(?:"[^"<>]{0,500}|'[^'<>]{0,500})?$|!?\[[^[\]\n]{0,300}\]?$|!$/i;
const UNFINISHED_COMMENT = /(?:^|\n)[ ]{0,3}\[[^\n]{0,520}$/;

/** The earliest markup that has not ended. */
export function markupOpen(text: string): number {
  const from = Math.max(0, text.length - TAIL_UNITS);
  const tail = text.slice(from);
  let open = text.length;
  const hold = (at: number): void => {
    open = Math.min(open, at);
  };
  const unfinished = Math.min(
    ...[UNFINISHED, UNFINISHED_COMMENT].map((pattern) => tail.search(pattern)).map((at) => (at < 0 ? tail.length : at)),
  );
  hold(from + unfinished);
  eachComment(text, from, (start, block) => block.open && hold(start));
  eachElement(text, from, (start, block) => block.open && hold(start));
  for (let at = text.indexOf('](', from); at >= 0; at = text.indexOf('](', at + 2)) {
    if (!parseLink(text, at + 2).open) continue;
    const label = text.lastIndexOf('[', at);
    hold(label >= 0 && at - label <= LABEL_UNITS_MAX ? Math.max(0, label - 1) : at);
  }
  return open;
}
