/**
 * The patterns of secrets in linear time, for texts on which the language's own matcher took too long. Much slower, and never worse. The
 * text is cut to what a pattern can reach, which is what makes it bearable.
 */
import type { Match, MatchMaker } from '@countersign/kernel/redact';
import { RE2JS } from 're2js';

/** Repetitions beyond this are refused by the syntax; patterns with them are single runs, which do not backtrack. */
const REPEAT_MAX = 1_000;

const hasLongRepeat = (source: string): boolean =>
  [...source.matchAll(/[{,](\d+)\}/g)].some(([, most]) => Number(most) > REPEAT_MAX);

function sticky(source: string, flags: string): Match {
  const pattern = new RegExp(source, `y${flags}`);
  return (text, at) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return found === null ? undefined : { end: pattern.lastIndex, value: found[1] ?? found[0] };
  };
}

export const linearMatcher: MatchMaker = (source, flags, reach) => {
  if (hasLongRepeat(source)) return sticky(source, flags);
  let compiled: RE2JS | undefined;
  return (text, at) => {
    // Compiled when first needed: a text names few rules.
    compiled ??= RE2JS.compile(source, flags === 'i' ? RE2JS.CASE_INSENSITIVE : 0);
    const matcher = compiled.matcher(text.slice(at, at + reach));
    if (!matcher.lookingAt()) return undefined;
    const group = matcher.groupCount() > 0 ? matcher.group(1) : null;
    return { end: at + matcher.end(), value: group ?? matcher.group() ?? '' };
  };
};
