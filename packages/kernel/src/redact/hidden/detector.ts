/** Hidden and deceptive text. */
import type { DetectOptions, Detector, Hit } from '../detector.ts';
import { charactersOpen, eachCharacterSpan } from './characters.ts';
import { eachFarSpan, farOpen } from './far.ts';
import { eachMarkupSpan, markupOpen } from './markup.ts';
import { HIDDEN_RULES } from './rules.ts';
import { eachScriptSpan, scriptsOpen } from './scripts.ts';
import type { HiddenSpan } from './span.ts';

const hitOf = ({ rule, start, end, confidence }: HiddenSpan): Hit => ({
  rule,
  kind: 'hidden',
  start,
  end,
  confidence,
  raises: 'none',
});

/** Finds text that means more than it shows. Needs up to 2,112 units before what is new to judge white space and markup that began there. */
export const hiddenDetector: Detector = {
  kind: 'hidden',
  rules: HIDDEN_RULES,
  detect(text: string, options: DetectOptions, emit: (hit: Hit) => void): void {
    const report = (span: HiddenSpan): void => emit(hitOf(span));
    // Where tools are defined nothing invisible has a place but what belongs to emoji and to scripts; a soft hyphen does not.
    eachCharacterSpan(text, (span, allowed) => {
      if (!allowed || (options.place === 'definition' && text[span.start] === '\u00ad')) report(span);
    });
    eachScriptSpan(text, options.place, report);
    eachFarSpan(text, report);
    eachMarkupSpan(text, report);
  },
  open(text: string): number {
    return Math.min(charactersOpen(text), scriptsOpen(text), farOpen(text), markupOpen(text));
  },
};
