/** What is written to the shell that becomes a sandbox: one line, quoted so that nothing in it is read as shell text. */

/** Name of a variable that the loop below sets: a line break within a word has to be on the same line. */
const BREAK = 'N';

/** Reads lines from descriptor 3, byte by byte so that nothing is read too far, and runs each; ends when its writer is gone. */
export const LOOP = `${BREAK}='\n'; while IFS= read -r l <&3; do eval "$l"; done`;

/** A word for the loop. INVARIANT: no NUL, which no argument can hold. */
export const word = (text: string): string => `'${text.replaceAll("'", `'\\''`).replaceAll('\n', `'"$${BREAK}"'`)}'`;

export const words = (list: readonly string[]): string => list.map(word).join(' ');
