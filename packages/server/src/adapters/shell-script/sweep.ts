/** Commands in a text that no parser reads to its end: between whatever could separate commands, quotes respected and heredocs left out. */

/** Pieces that are looked at; more are not. */
const PIECES_MAX = 1_024;

const HEREDOC = /<<-?[ \t]*(\\?\w+|'[^'\n]*'|"[^"\n]*")([^\n]*)\n[\s\S]*?\n[ \t]*(?:\w+)(?=\n|$)/g;
/** `{a,b}` as a command is the command `a b`. */
const BRACES = /(?<![\w$'"])\{([^{}\s]*,[^{}\s]*)\}/g;
const PIECE = /(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^;&|\n(){}`'"\\])+/g;
const WORD = /(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\])+/g;
const LEADING = /^(?:if|then|else|elif|do|while|until|time|coproc|!|\d*[<>][<>&|]*.*)$/;

/** @returns words as they were written, for each piece */
export function sweep(text: string): string[][] {
  const pieces =
    text
      .replace(HEREDOC, ' $2\n')
      .replace(BRACES, (_, parts: string) => parts.replaceAll(',', ' '))
      .match(PIECE) ?? [];
  return pieces.slice(0, PIECES_MAX).flatMap((piece) => {
    const words = piece.match(WORD) ?? [];
    const from = words.findIndex((word) => !LEADING.test(word));
    return from < 0 ? [] : [words.slice(from)];
  });
}
